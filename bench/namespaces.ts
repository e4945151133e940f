import type { Api } from '../test/cluster/api.ts';

/** Makes namespaces from several clients at once, each of which waits for its answers. */
export async function createNamespaces(api: Api, names: readonly string[], clients: number): Promise<void> {
  const left = names.values();
  const client = async () => {
    for (const name of left) await createNamespace(api, name);
  };
  await Promise.all(Array.from({ length: clients }, client));
}

/** Makes one, without a ServiceAccount in it. */
export async function createNamespace(api: Api, name: string): Promise<void> {
  await api.request('POST', '/api/v1/namespaces', { metadata: { name } });
}
