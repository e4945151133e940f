import type { Client } from './client.ts';
import type { Child } from './proc.ts';
import { until } from './wait.ts';

/**
 * The server is ready after 3 s on a quiet machine, after a minute on one that has twenty times the work that it can do. It stays up for
 * minutes without ever being ready when etcd is lost at the start.
 */
export const READY_DEADLINE = 180_000;
const PROBE_TIMEOUT = 3_000;

/**
 * Waits until an API server is ready, while its processes live. Ready means that the server reaches etcd too. /readyz alone does not
 * prove it: for a while it repeats what it last heard of etcd. A read by name goes to etcd itself; the namespace need not be there.
 */
export async function serverReady({ call }: Pick<Client, 'call'>, children: readonly Child[]): Promise<void> {
  const probe = async () => {
    try {
      const { status } = await call({ method: 'GET', path: '/readyz', timeout: PROBE_TIMEOUT });
      if (status !== 200) return false;
      const read = await call({ method: 'GET', path: '/api/v1/namespaces/default', timeout: PROBE_TIMEOUT });
      return read.status === 200 || read.status === 404;
    } catch {
      return false;
    }
  };
  await until('the API server to be ready', probe, { deadline: READY_DEADLINE, children });
}
