import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

/** A certificate and its key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Whom a certificate is for. Its names are subjectAltNames: Go looks at nothing else (RFC 6125). */
interface Subject {
  readonly name: string;
  /** The group that Kubernetes sees in a client's certificate. */
  readonly organization?: string;
  readonly addresses?: readonly string[];
  readonly hosts?: readonly string[];
}

/** A certificate authority that lives as long as this process. */
interface Authority {
  /** PEM. */
  readonly cert: string;
  /** Signs a certificate for a server, a client, or both. */
  issue(subject: Subject): Pair;
}

/** Makes a certificate for a server on 127.0.0.1, valid for a day. It signs itself: it is its own CA. */
export function loopbackPair(): Pair {
  const keys = makeKeys();
  const subject = { name: '127.0.0.1', addresses: ['127.0.0.1'] };
  return { cert: sign({ subject, keys, issuer: subject, signer: keys, isCa: true }), key: keys.key };
}

/** Makes a CA; it and what it issues is valid for a day. */
export function makeAuthority(name: string): Authority {
  const issuer = { name };
  const signer = makeKeys();
  return {
    cert: sign({ subject: issuer, keys: signer, issuer, signer, isCa: true }),
    issue(subject) {
      const keys = makeKeys();
      return { cert: sign({ subject, keys, issuer, signer, isCa: false }), key: keys.key };
    },
  };
}

interface Keys {
  readonly publicKey: string;
  readonly key: string;
}

function makeKeys(): Keys {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return { publicKey, key: privateKey };
}

interface Signing {
  readonly subject: Subject;
  readonly keys: Keys;
  readonly issuer: Subject;
  readonly signer: Keys;
  readonly isCa: boolean;
}

function sign({ subject, keys, issuer, signer, isCa }: Signing): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicKey);
  certificate.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(8))}`;
  certificate.validity.notBefore = new Date(Date.now() - 3_600_000); // clocks may differ
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
  certificate.setSubject(distinguishedName(subject));
  certificate.setIssuer(distinguishedName(issuer));
  const altNames = [
    ...(subject.addresses ?? []).map((ip) => ({ type: 7, ip })),
    ...(subject.hosts ?? []).map((value) => ({ type: 2, value })),
  ];
  certificate.setExtensions([
    { name: 'basicConstraints', cA: isCa },
    ...(isCa ? [] : [{ name: 'extKeyUsage', serverAuth: true, clientAuth: true }]),
    ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName', altNames }]),
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(signer.key), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}

function distinguishedName({ name, organization }: Subject) {
  const group = organization === undefined ? [] : [{ name: 'organizationName', value: organization }];
  return [...group, { name: 'commonName', value: name }];
}
