import { startApi } from './api.ts';

/**
 * A control plane to play with: `npx tsx test/cluster/hold.ts`. Prints one line of JSON that says where it is, and holds it until the
 * process is ended, however it is ended.
 */
const api = await startApi();
const where = { url: api.url, dir: api.dir, kubeconfig: api.kubeconfig(), kubectl: `${api.programs}/kubectl`, pids: api.pids() };
process.stdout.write(`${JSON.stringify(where)}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void api.stop());
