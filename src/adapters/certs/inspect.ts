import type { X509Certificate } from 'node:crypto';
import type { CertificateFiles, CertificateInspection, ServedNames } from '../../ports.ts';
import { isSignedBy, keyFits, lifetimeOf, nameSentences, readCertificate } from './check.ts';
import { ORGANIZATION } from './x509.ts';

type Part<K extends keyof CertificateInspection> = Pick<CertificateInspection, K> & { readonly problems: readonly string[] };

/** What the stored texts are good for, read with node:crypto only. Never throws. Times are for the caller to judge. */
export function inspectCertificates(files: CertificateFiles, names: ServedNames): CertificateInspection {
  const authority = readCertificate(files['ca.crt']);
  const previous = readCertificate(files['previous-ca.crt']);
  const owner = ownerOf(files, [authority, readCertificate(files['tls.crt'])]);
  const authorityPart = inspectAuthority(files, authority, owner);
  const leafPart = inspectLeaf(files, names, { authority, previous });
  return {
    owner,
    ...authorityPart,
    ...(previous === undefined ? {} : { previous: lifetimeOf(previous) }),
    ...leafPart,
    problems: owner === 'nobody' ? [] : [...authorityPart.problems, ...leafPart.problems],
  };
}

/**
 * Ours are only certificates that bear our name and come with the key of their CA. Everything else was put there by somebody, and an upgrade
 * that begins to rotate it is an outage (gatekeeper#2261).
 */
function ownerOf(files: CertificateFiles, certificates: readonly (X509Certificate | undefined)[]): CertificateInspection['owner'] {
  if (!files['ca.crt'] && !files['ca.key'] && !files['tls.crt'] && !files['tls.key']) return 'nobody';
  const foreign = certificates.some((certificate) => certificate !== undefined && !isOurs(certificate));
  return foreign || (!files['ca.key'] && files['tls.crt']) ? 'somebody' : 'portcullis';
}

function isOurs({ issuer }: X509Certificate): boolean {
  return issuer.split('\n').includes(`O=${ORGANIZATION}`);
}

function inspectAuthority(
  files: CertificateFiles,
  authority: X509Certificate | undefined,
  owner: CertificateInspection['owner'],
): Part<'authority'> {
  const given = owner === 'somebody';
  if (given && !files['ca.crt']) return { problems: [] };
  if (authority === undefined) return { problems: [unreadable('ca.crt', files)] };
  if (!authority.ca) return { problems: ['ca.crt is not marked as a CA'] };
  if (!given && !keyFits(authority, files['ca.key'])) return { problems: ['ca.key does not fit to ca.crt'] };
  return { authority: lifetimeOf(authority), problems: [] };
}

function unreadable(name: 'ca.crt' | 'tls.crt', files: CertificateFiles): string {
  return `${name} ${files[name] ? 'cannot be read' : 'is missing'}`;
}

interface Authorities {
  readonly authority: X509Certificate | undefined;
  readonly previous: X509Certificate | undefined;
}

function inspectLeaf(files: CertificateFiles, names: ServedNames, authorities: Authorities): Part<'leaf'> {
  const leaf = readCertificate(files['tls.crt']);
  if (leaf === undefined) return { problems: [unreadable('tls.crt', files)] };
  if (!keyFits(leaf, files['tls.key'])) return { problems: ['tls.key does not fit to tls.crt'] };
  const problems = nameSentences(leaf, names);
  return problems.length > 0 ? { problems } : { leaf: { ...lifetimeOf(leaf), signedBy: signer(leaf, authorities) }, problems: [] };
}

function signer(leaf: X509Certificate, { authority, previous }: Authorities): 'authority' | 'previous' | 'other' {
  if (authority !== undefined && isSignedBy(leaf, authority)) return 'authority';
  return previous !== undefined && isSignedBy(leaf, previous) ? 'previous' : 'other';
}
