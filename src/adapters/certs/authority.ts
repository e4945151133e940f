import { randomBytes } from 'node:crypto';
import type { PemPair, ServedNames } from '../../ports.ts';
import { type CertificateExtension, issueCertificate, subjectAltName } from './x509.ts';

/** Renewed at two thirds (app/certificates.ts): every six and a half years, with an overlap of the two. */
const AUTHORITY_DAYS = 3650;
/** Renewed at two thirds: every two months, so that the way of renewal is walked often. */
const LEAF_DAYS = 90;

/**
 * A new CA that signs itself, marked critically as a CA that signs no further CA. Each has a name of its own, so that two of them can stand side by side in one bundle.
 */
export function makeAuthority(now: Date): Promise<PemPair> {
  return issueCertificate({
    commonName: `Portcullis CA ${randomBytes(4).toString('hex')}`,
    now,
    days: AUTHORITY_DAYS,
    extensions: [
      { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
      { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    ],
  });
}

/** A new certificate for these names, for a server and for nothing else: who takes a server over is no client of another one. */
export function makeLeaf(authority: PemPair, names: ServedNames, now: Date): Promise<PemPair> {
  return issueLeaf('portcullis', { authority, now, extensions: [{ name: 'extKeyUsage', serverAuth: true }, subjectAltName(names)] });
}

/** A new certificate by which a client with this common name proves itself to our own servers. */
export function makeClient(authority: PemPair, commonName: string, now: Date): Promise<PemPair> {
  return issueLeaf(commonName, { authority, now, extensions: [{ name: 'extKeyUsage', clientAuth: true }] });
}

interface LeafRequest {
  readonly authority: PemPair;
  readonly now: Date;
  readonly extensions: readonly CertificateExtension[];
}

function issueLeaf(commonName: string, { authority, now, extensions }: LeafRequest): Promise<PemPair> {
  return issueCertificate({
    commonName,
    now,
    days: LEAF_DAYS,
    issuer: authority,
    extensions: [
      { name: 'basicConstraints', critical: true, cA: false },
      { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
      ...extensions,
    ],
  });
}
