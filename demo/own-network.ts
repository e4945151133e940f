import { spawnSync } from 'node:child_process';

/** Set in the second life of the demo, so that it does not try a third. */
const MARK = 'PORTCULLIS_DEMO_NETWORK';

/**
 * Runs the demo once more in a network namespace of its own, where port 80 needs no privilege and nobody else listens. Answers its exit code;
 * undefined where this machine cannot do that, or where it was done already.
 */
export function runInOwnNetwork(script: string): number | undefined {
  if (process.env[MARK] !== undefined || process.platform !== 'linux') return undefined;
  const argv = [
    '--user',
    '--map-root-user',
    '--net',
    'sh',
    '-c',
    'ip link set lo up && exec "$0" "$@"',
    process.execPath,
    '--import',
    'tsx',
    script,
  ];
  const tried = spawnSync('unshare', ['--user', '--map-root-user', '--net', 'sh', '-c', 'ip link set lo up'], { stdio: 'ignore' });
  if (tried.status !== 0) return undefined;
  return spawnSync('unshare', argv, { stdio: 'inherit', env: { ...process.env, [MARK]: '1' } }).status ?? 1;
}
