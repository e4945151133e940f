import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Lifetime, ServedNames } from '../../ports.ts';

/** Certificates are read and verified with node:crypto only: node-forge makes them, but its verification had holes (CVE-2026-33896). */

/** The first certificate of a PEM text, or undefined where there is none that can be read. */
export function readCertificate(pem: string | undefined): X509Certificate | undefined {
  if (pem === undefined || pem === '') return undefined;
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** From when until when it is valid. */
export function lifetimeOf(certificate: X509Certificate): Lifetime {
  return { notBefore: new Date(certificate.validFrom), notAfter: new Date(certificate.validTo) };
}

/** Whether the private key (PEM) belongs to the certificate; false for a key that cannot be read. */
export function keyFits(certificate: X509Certificate, key: string | undefined): boolean {
  try {
    return key !== undefined && certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** Whether `issuer` is a CA and its key signed the certificate. */
export function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** Why a certificate does not serve a name. */
export type NameProblem =
  | { readonly kind: 'no subjectAltName' }
  | { readonly kind: 'wrong namespace'; readonly namespace: string }
  | { readonly kind: 'name not included'; readonly names: readonly string[] };

/**
 * Why the certificate does not serve this DNS name; undefined where it does. Only the subjectAltName counts, as for the API server's TLS
 * client (Go ignores the common name since 1.15; case 26), and a star stands for a whole label there.
 */
export function nameProblem(certificate: X509Certificate, name: string): NameProblem | undefined {
  if (certificate.subjectAltName === undefined) return { kind: 'no subjectAltName' };
  if (certificate.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined) return undefined;
  const names = dnsNames(certificate);
  const [service, , ...rest] = name.split('.');
  const twin = names.map((other) => other.split('.')).find(([first, , ...tail]) => first === service && tail.join('.') === rest.join('.'));
  const namespace = rest.length === 0 ? undefined : twin?.[1];
  return namespace === undefined ? { kind: 'name not included', names } : { kind: 'wrong namespace', namespace };
}

/** What is wrong with the names of a certificate, a sentence each; empty where it serves all of them. */
export function nameSentences(certificate: X509Certificate, { dns, addresses }: ServedNames): string[] {
  const ofNames = dns.flatMap((name) => {
    const problem = nameProblem(certificate, name);
    return problem === undefined ? [] : [nameSentence(name, problem)];
  });
  const missing = addresses.filter((address) => certificate.checkIP(address) === undefined);
  return [...new Set(ofNames), ...missing.map((address) => `the certificate does not include the address ${address}`)];
}

function nameSentence(name: string, problem: NameProblem): string {
  switch (problem.kind) {
    case 'no subjectAltName':
      return 'the certificate has no subjectAltName; a common name does not count';
    case 'wrong namespace':
      return `the certificate is for the namespace ${problem.namespace}, but the API server calls ${name}`;
    case 'name not included':
      return `the certificate does not include ${name}; it has ${problem.names.join(', ') || 'no DNS name'}`;
  }
}

/** What is wrong with the time, in a sentence; undefined while the certificate is valid. */
export function timeProblem({ notBefore, notAfter }: Lifetime, now: Date): string | undefined {
  if (now > notAfter) return `the certificate expired at ${notAfter.toISOString()}`;
  return now < notBefore ? `the certificate is not valid before ${notBefore.toISOString()}` : undefined;
}

function dnsNames({ subjectAltName = '' }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/(?:^|, )DNS:([^,"]+)/g)].map((match) => match[1] ?? '');
}
