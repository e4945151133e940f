import { X509Certificate } from 'node:crypto';
import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';

/** Connections whose callers prove themselves by certificates. */
export interface KnownCallers {
  /**
   * From now on only those of callers whom one of these CAs (PEM, any number) vouches for: others end at once, also in the middle of a call. A
   * CA that cannot be read vouches for nobody.
   */
  onlyOf(ca: string): void;
}

/** TLS asks for proof in the handshake alone, by what was trusted when it began: open connections must be looked at when that changes. */
export function knownCallersOf(server: Server): KnownCallers {
  /** Node gives the certificates that came along with the first one only once (20). */
  const shown = new Map<TLSSocket, X509Certificate | undefined>();
  let authorities: readonly X509Certificate[] | undefined;
  const look = (socket: TLSSocket) => {
    if (authorities !== undefined && !isVouchedFor(shown.get(socket), authorities)) socket.destroy();
  };
  server.on('secureConnection', (socket) => {
    shown.set(socket, socket.getPeerX509Certificate());
    socket.once('close', () => shown.delete(socket));
    look(socket);
  });
  return {
    onlyOf(ca) {
      authorities = authoritiesIn(ca);
      for (const socket of shown.keys()) look(socket);
    },
  };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function authoritiesIn(ca: string): X509Certificate[] {
  return (ca.match(CERTIFICATE) ?? []).flatMap((pem) => {
    try {
      return [new X509Certificate(pem)];
    } catch {
      return [];
    }
  });
}

/** By one of the authorities, or by a CA that came along with the certificate and for which the same holds. What comes along is no proof in itself. */
function isVouchedFor(certificate: X509Certificate | undefined, authorities: readonly X509Certificate[]): boolean {
  if (certificate === undefined) return false;
  if (authorities.some((authority) => isSignedBy(certificate, authority))) return true;
  const { issuerCertificate: next } = certificate;
  return next !== undefined && !isSame(next, certificate) && isSignedBy(certificate, next) && isVouchedFor(next, authorities);
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isSame(a: X509Certificate, b: X509Certificate): boolean {
  return a.fingerprint256 === b.fingerprint256;
}
