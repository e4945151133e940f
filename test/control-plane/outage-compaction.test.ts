import { expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { policyPath } from '../support/on-server.ts';
import { behindProxy, makeShops, pairsInPlace, TEMPLATE } from '../support/outage.ts';
import { startPortcullis } from '../support/portcullis.ts';

/** etcd forgets what happened while nothing could be heard: the watches cannot go on, and the lists must tell. */

/** Without its cache the API server passes each watch on to etcd, whose history can be cut off at will. */
const NO_CACHE = ['--watch-cache=false', '--etcd-compaction-interval=0'];

it('what was made, changed and deleted in a history that is gone is made good', async () => {
  const { api, proxy } = await behindProxy(await startApi({ serverFlags: NO_CACHE }));
  const portcullis = await startPortcullis(api, { template: TEMPLATE });
  try {
    await pairsInPlace(api, await makeShops(api, 'before'));
    proxy.cut();
    const names = await makeShops(api, 'meanwhile');
    await api.call({ method: 'DELETE', path: policyPath('shop-before-0', 'portcullis-block'), user: 'portcullis-controller' });
    await api.request('DELETE', '/api/v1/namespaces/shop-before-1');
    await compact(api);
    proxy.heal();
    await pairsInPlace(api, ['shop-before-0', ...names]);
    const causes = portcullis.log.map(({ fields }) => String(fields.error)).filter((error) => /too old|compacted/.test(error));
    expect(causes.length).toBeGreaterThan(0);
  } finally {
    await portcullis.stop();
    await proxy.stop();
    await api.stop();
  }
}, 120_000);

/** Forgets all of the history but the present (etcd API: "Compact"). */
async function compact({ etcdUrl }: Api): Promise<void> {
  const post = async (path: string, body: object): Promise<{ readonly header?: { readonly revision?: string } }> => {
    const response = await fetch(`${etcdUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return JSON.parse(await response.text());
  };
  const { header } = await post('/v3/kv/range', { key: Buffer.from('/').toString('base64') });
  await post('/v3/kv/compaction', { revision: header?.revision, physical: true });
}
