import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CommandError, EXIT } from '../exit-code.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The PEM of `--client-ca`: the CA, or several while one follows the other. Rejects with a CommandError where it holds no certificate, or
 * one that is no CA: the gate would turn away everybody, the API server too.
 */
export async function readClientCa(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError(EXIT.usage, `--client-ca ${file}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw new CommandError(EXIT.usage, `--client-ca ${file}: there is no certificate (PEM) in it`);
  if (!certificates.every(isAuthority)) {
    throw new CommandError(EXIT.usage, `--client-ca ${file}: name a CA; callers then show a certificate that it signed`);
  }
  return text;
}

function isAuthority(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca;
  } catch {
    return false;
  }
}
