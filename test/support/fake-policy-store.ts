import type { NetworkPolicy } from '../../src/core/network-policy.ts';
import { readNetworkPolicy } from '../../src/core/pair/read.ts';
import type { PolicyStore } from '../../src/ports.ts';

/** Policies in memory. They go through JSON, so that nobody holds what another one changes. */
export function fakePolicyStore(): PolicyStore {
  const texts = new Map<string, string>();
  let version = 0;
  const read = (namespace: string, text: string): NetworkPolicy => {
    const policy = readNetworkPolicy(JSON.parse(text), namespace);
    if (policy === undefined) throw new Error('a stored policy has a spec');
    return policy;
  };
  return {
    list: async (namespace) => [...texts].filter(([key]) => key.startsWith(`${namespace}/`)).map(([, text]) => read(namespace, text)),
    async apply(policy) {
      const { namespace, name } = policy.metadata;
      version += 1;
      const text = JSON.stringify({ ...policy, metadata: { ...policy.metadata, resourceVersion: String(version) } });
      texts.set(`${namespace}/${name}`, text);
      return read(namespace, text);
    },
    remove: async (namespace, name) => void texts.delete(`${namespace}/${name}`),
  };
}
