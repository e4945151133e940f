import { constants, generateKeyPair, privateEncrypt, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import type { PemPair, ServedNames } from '../../ports.ts';

/** The organization in every name of ours: by it we know our own certificates from those that somebody gave. */
export const ORGANIZATION = 'portcullis.dev';

/** Certificates are valid from five minutes ago: the clocks of the nodes differ. */
const BACKDATED_MS = 5 * 60_000;

/** What kubeadm and cert-manager take too; 3072 bits take one to two seconds to find, and the gate must stand within half a second. */
const KEY_BITS = 2048;

/** What goes into a certificate. `issuer` absent: it signs itself. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly now: Date;
  readonly days: number;
  readonly issuer?: PemPair;
  readonly extensions: readonly CertificateExtension[];
}

/** An extension in the words of node-forge. */
export type CertificateExtension = Readonly<Record<string, unknown>> & { readonly name: string };

/**
 * A new RSA key and a certificate for it, as PEM. The key is made and used by node:crypto (ten times faster than in JavaScript), the
 * certificate by node-forge, which knows no other keys than RSA. It never outlives its issuer.
 */
export async function issueCertificate(request: CertificateRequest): Promise<PemPair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: KEY_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = randomSerial();
  const issuer = request.issuer === undefined ? undefined : forge.pki.certificateFromPem(request.issuer.certificate);
  setValidity(certificate, request, issuer);
  const subject = [
    { name: 'organizationName', value: ORGANIZATION },
    { name: 'commonName', value: request.commonName },
  ];
  certificate.setSubject(subject);
  certificate.setIssuer(issuer === undefined ? subject : issuer.subject.attributes);
  const authorityKey = (issuer ?? certificate).generateSubjectKeyIdentifier().getBytes();
  certificate.setExtensions([
    ...request.extensions,
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: authorityKey },
  ]);
  certificate.sign(nativeSigner(request.issuer?.key ?? privateKey), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n'), key: privateKey };
}

function setValidity(certificate: forge.pki.Certificate, { now, days }: CertificateRequest, issuer: forge.pki.Certificate | undefined) {
  const end = now.getTime() + days * 86_400_000;
  certificate.validity.notBefore = new Date(now.getTime() - BACKDATED_MS);
  certificate.validity.notAfter = new Date(Math.min(end, issuer?.validity.notAfter.getTime() ?? end));
}

/** DigestInfo of SHA-256 (RFC 8017, 9.2, note 1): it stands before the hash in a PKCS #1 v1.5 signature. */
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** Signs with node:crypto instead of in JavaScript: faster, and in constant time. */
function nativeSigner(key: string): forge.pki.rsa.PrivateKey {
  const sign = (md: forge.md.MessageDigest) => {
    const digest = Buffer.from(md.digest().getBytes(), 'binary');
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([SHA256_DIGEST_INFO, digest])).toString('binary');
  };
  return Object.assign(Object.create(null), { sign });
}

/** 127 random bits with the sign bit clear and no leading zero (RFC 5280, 4.1.2.2: positive, at most 20 octets). */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** The subjectAltName extension of these names. */
export function subjectAltName({ dns, addresses }: ServedNames): CertificateExtension {
  return {
    name: 'subjectAltName',
    altNames: [...dns.map((value) => ({ type: 2, value })), ...addresses.map((ip) => ({ type: 7, ip }))],
  };
}
