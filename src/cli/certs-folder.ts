import { join } from 'node:path';
import { folderCertificateStore } from '../adapters/certs/folder.ts';
import { certificateMaker } from '../adapters/certs/maker.ts';
import { ensureCertificates } from '../app/certificates.ts';
import { printable } from '../core/printable.ts';
import type { Lifetime, Log, ServedNames } from '../ports.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** Brings the certificates of a folder into order; answers what was done and until when they are valid, a line each. */
export async function renewFolder(folder: string, names: ServedNames): Promise<string[]> {
  const store = folderCertificateStore(folder);
  const done: string[] = [];
  const log: Log = {
    info: (_message, { reasons = [] } = {}) => void done.push(...(Array.isArray(reasons) ? reasons : [])),
    warn: (message, { problems = [] } = {}) => void done.push(`${message}: ${Array.isArray(problems) ? problems.join('; ') : ''}`),
    error: (message) => void done.push(message),
  };
  const deps = { store, maker: certificateMaker, clock: { now: () => new Date() }, log, metrics: { record: () => undefined } };
  const { problems } = await ensureCertificates(deps, names).catch((error: unknown) => {
    throw new CommandError(
      EXIT.usage,
      `the certificates of ${folder} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  if (problems.length > 0) throw new CommandError(EXIT.usage, problems.join('\n'));
  return [...(done.length === 0 ? ['nothing to do'] : done), ...(await checkFolder(folder, names)).lines];
}

export interface FolderCheck {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

/** What the certificates of a folder are good for, now; changes nothing. */
export async function checkFolder(folder: string, names: ServedNames): Promise<FolderCheck> {
  const stored = await folderCertificateStore(folder).read();
  if (stored === undefined) return { lines: [], problems: [`${folder} holds no certificates`] };
  const { authority, previous, leaf, problems } = certificateMaker.inspect(stored.files, names);
  const parts = [
    { file: 'ca.crt', lifetime: authority },
    { file: 'previous-ca.crt', lifetime: previous },
    { file: 'tls.crt', lifetime: leaf },
  ].flatMap(({ file, lifetime }) => (lifetime === undefined ? [] : [{ file, lifetime }]));
  const stranger = leaf?.signedBy === 'other' && authority !== undefined ? ['tls.crt was not signed by ca.crt'] : [];
  return {
    lines: parts.map(({ file, lifetime }) => `${printable(join(folder, file))} valid until ${lifetime.notAfter.toISOString()}`),
    problems: [...problems, ...stranger, ...parts.flatMap(({ file, lifetime }) => timeProblem(file, lifetime, new Date()))],
  };
}

function timeProblem(file: string, { notBefore, notAfter }: Lifetime, now: Date): string[] {
  if (now >= notAfter) return [`${file} expired at ${notAfter.toISOString()}`];
  return now < notBefore ? [`${file} is not valid before ${notBefore.toISOString()}`] : [];
}
