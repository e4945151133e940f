import { join } from 'node:path';
import type { Api } from '../cluster/api.ts';
import { writeKubeconfig } from '../cluster/users.ts';
import { until } from '../cluster/wait.ts';
import { policiesOf } from './on-server.ts';
import { documentOf } from './parse-template.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** The parts of a test that takes something away and asks when all is right again. */

/** Enforces in every namespace whose name begins with `shop-`. */
export const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop-*, rules: [{ports: [80]}]}\n');
const PAIR = 'portcullis-allow,portcullis-allow-ingress,portcullis-block';

/** Far beyond what is wanted, which is 10 s: a busy machine must not fail a test, and what is lost never comes. */
const DEADLINE = 40_000;

/** Waits until each of these namespaces has its pair and no policy more; answers after how many milliseconds. */
export async function pairsInPlace(api: Api, names: readonly string[]): Promise<number> {
  const start = performance.now();
  const arePlaced = async () => {
    const policies = await Promise.all(names.map((name) => policiesOf(api, name)));
    return policies.every((there) => there.join() === PAIR);
  };
  await until(`the pairs of ${names.join(', ')}`, arePlaced, { deadline: DEADLINE });
  return performance.now() - start;
}

/** The same API server, which the product reaches through a proxy; the test itself goes straight. */
export async function behindProxy(api: Api): Promise<{ readonly api: Api; readonly proxy: TcpProxy }> {
  const proxy = await startTcpProxy(Number(new URL(api.url).port));
  const kubeconfig: Api['kubeconfig'] = (user = 'admin') => {
    const file = join(api.dir, `${user}.proxied.kubeconfig`);
    writeKubeconfig(file, { url: `https://127.0.0.1:${proxy.port}`, ca: api.ca, token: api.token(user) });
    return file;
  };
  return { api: { ...api, kubeconfig }, proxy };
}

/** Makes namespaces that the template closes; answers their names. */
export async function makeShops(api: Api, label: string, count = 5): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `shop-${label}-${index}`);
  await Promise.all(names.map((name) => api.request('POST', '/api/v1/namespaces', { metadata: { name } })));
  return names;
}
