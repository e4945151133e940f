import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** The least that a process of node can do. */
export const BARE_NODE = ['-e', '0'];

/** Milliseconds of a process of node, whatever it found and said; it runs in the root of the checkout. Rejects where it ends by a signal. */
export function runNode(args: readonly string[]): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) => (code === null ? reject(new Error(`${args.join(' ')} was killed`)) : resolve(performance.now() - start)));
  });
}
