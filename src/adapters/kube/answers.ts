import type { Access } from './access.ts';
import { NAMESPACES } from './paths.ts';
import { connect, type TransportOptions } from './transport.ts';

/** Less than the time after which the kubelet asks again whether we live. */
const PATIENCE_MS = 5_000;

/** Whether the API server lists something on a new connection, with credentials read anew. Any failure, and silence, is "no". */
export async function apiServerAnswers(access: Access, options: TransportOptions): Promise<boolean> {
  try {
    const transport = await connect(access, options);
    try {
      await transport.request({ method: 'GET', path: NAMESPACES, query: { limit: 1 }, timeoutMs: PATIENCE_MS, attempts: 1 });
      return true;
    } finally {
      transport.close();
    }
  } catch {
    return false;
  }
}
