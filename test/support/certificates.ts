import type { CertificateFiles, CertificateMaker, CertificateStore, Lifetime, StoredCertificates } from '../../src/ports.ts';

/** A store in memory. `beforeWrite` runs before each write is compared: the place for another replica to be faster. */
export function memoryCertificateStore(
  initial?: CertificateFiles,
  beforeWrite: (replace: (files: CertificateFiles) => void) => void = () => undefined,
): CertificateStore & { readonly writes: CertificateFiles[] } {
  let version = 0;
  let stored: StoredCertificates | undefined;
  const replace = (files: CertificateFiles) => {
    version += 1;
    stored = { files, version: String(version) };
  };
  if (initial !== undefined) replace(initial);
  const writes: CertificateFiles[] = [];
  return {
    writes,
    read: async () => stored,
    async write(files, expected) {
      beforeWrite(replace);
      if (stored?.version !== expected) return 'conflict';
      replace(files);
      writes.push(files);
      return 'written';
    },
  };
}

const DAY_MS = 86_400_000;

/**
 * Certificates as readable texts, `CA 1 from DATE to DATE`, so that a test of renewals compares sentences and makes no keys. A CA lives 3650
 * days and a server certificate 90, as the real ones do. A text of another shape cannot be read; `given` ones are not ours.
 */
export function readableMaker(): CertificateMaker & { readonly made: string[] } {
  const made: string[] = [];
  let count = 0;
  const make = (name: string, now: Date, days: number) => {
    count += 1;
    const text = `${name} ${count} from ${now.toISOString()} to ${new Date(now.getTime() + days * DAY_MS).toISOString()}`;
    made.push(text);
    return { certificate: text, key: `key ${count}` };
  };
  return {
    made,
    makeAuthority: async (now) => make('CA', now, 3650),
    makeClient: async (authority, commonName, now) => make(`leaf of ${authority.certificate.split(' from')[0]}, ${commonName}`, now, 90),
    makeLeaf: async (authority, _, now) => make(`leaf of ${authority.certificate.split(' from')[0]},`, now, 90),
    inspect(files) {
      if (Object.keys(files).length === 0) return { owner: 'nobody', problems: [] };
      const { 'ca.crt': ca, 'tls.crt': tls, 'previous-ca.crt': old } = files;
      const authority = lifetimeIn(ca);
      const previous = lifetimeIn(old);
      const leaf = lifetimeIn(tls);
      return {
        owner: tls?.startsWith('given') ? 'somebody' : 'portcullis',
        ...(authority === undefined ? {} : { authority }),
        ...(previous === undefined ? {} : { previous }),
        ...(leaf === undefined ? {} : { leaf: { ...leaf, signedBy: signerOf(tls, ca, old) } }),
        problems: [...(authority || !ca ? [] : ['ca.crt cannot be read']), ...(leaf || !tls ? [] : ['tls.crt cannot be read'])],
      };
    },
  };
}

function lifetimeIn(text = ''): Lifetime | undefined {
  const [, from, to] = /from (\S+) to (\S+)$/.exec(text) ?? [];
  return from === undefined || to === undefined ? undefined : { notBefore: new Date(from), notAfter: new Date(to) };
}

function signerOf(leaf = '', authority = '', previous = ''): 'authority' | 'previous' | 'other' {
  const signer = /^leaf of (CA \d+),/.exec(leaf)?.[1] ?? 'nobody';
  if (authority.startsWith(`${signer} `)) return 'authority';
  return previous.startsWith(`${signer} `) ? 'previous' : 'other';
}
