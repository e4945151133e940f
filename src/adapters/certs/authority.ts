import { randomBytes } from 'node:crypto';
import type { PemPair, ServedNames } from '../../ports.ts';
import { issueCertificate, subjectAltName } from './x509.ts';

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

/** A new certificate for these names, for servers and (between our own parts) clients. */
export function makeLeaf(authority: PemPair, names: ServedNames, now: Date): Promise<PemPair> {
  return issueCertificate({
    commonName: 'portcullis',
    now,
    days: LEAF_DAYS,
    issuer: authority,
    extensions: [
      { name: 'basicConstraints', critical: true, cA: false },
      { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      subjectAltName(names),
    ],
  });
}
