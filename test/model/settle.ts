import { generatePairs } from '../../src/app/generate.ts';
import { makeAuthority } from '../../src/core/authority.ts';
import type { NetworkPolicy } from '../../src/core/network-policy.ts';
import { readNetworkPolicy } from '../../src/core/pair/read.ts';
import { sameSpec } from '../../src/core/policy-spec.ts';
import type { Template } from '../../src/core/template/model.ts';
import { until } from '../cluster/wait.ts';
import { applyObject, type ModelCluster } from './cluster.ts';
import { measure } from './measure.ts';
import type { ModelPod, PlacedPod } from './universe.ts';

/** When a template is in force: its policies are stored, and the enforcing agent has acted on the last of them. */

export const SENTINEL = 'model-sentinel';
const PORTS = [7001, 7002] as const;
const tcp = (number: number) => ({ number, protocol: 'TCP' as const });
export const SENTINEL_PODS: readonly ModelPod[] = [
  { namespace: SENTINEL, name: 'caller', labels: { role: 'caller' }, ports: [tcp(7000)] },
  { namespace: SENTINEL, name: 'listener', labels: { role: 'listener' }, ports: PORTS.map(tcp) },
];

/** Waits until every namespace has exactly the policies that the template asks for. */
export async function policiesStored(cluster: ModelCluster, template: Template): Promise<void> {
  const authority = makeAuthority(template, 'portcullis-system');
  const settled = async () => {
    const generated = generatePairs({ authority, namespaces: await livingNamespaces(cluster), apiServer: [] });
    const wanted = generated.flatMap((one) => ('pair' in one && one.mode === 'enforce' ? [one.pair.block, ...one.pair.allow] : []));
    const stored = await storedPolicies(cluster, 'app.kubernetes.io/managed-by=portcullis');
    return stored.length === wanted.length && wanted.every((policy) => stored.some((one) => isSamePolicy(one, policy)));
  };
  await until('the policies of the template', settled, { deadline: 60_000 });
}

async function livingNamespaces({ api }: ModelCluster): Promise<string[]> {
  const { items = [] } = await api.request('GET', '/api/v1/namespaces?fieldSelector=status.phase%3DActive');
  return items.map(({ metadata }) => metadata?.name ?? '');
}

/** Every policy with such labels; an empty selector: all of them. */
export async function storedPolicies({ api }: ModelCluster, selector: string): Promise<NetworkPolicy[]> {
  const path = `/apis/networking.k8s.io/v1/networkpolicies?labelSelector=${encodeURIComponent(selector)}`;
  const { items = [] } = await api.request('GET', path);
  return items.flatMap((item) => readNetworkPolicy(item, item.metadata?.namespace ?? '') ?? []);
}

function isSamePolicy(a: NetworkPolicy, b: NetworkPolicy): boolean {
  return a.metadata.namespace === b.metadata.namespace && a.metadata.name === b.metadata.name && sameSpec(a.spec, b.spec);
}

/**
 * Waits until the agent has acted on a policy that was made after all others: it hears of policies in their order and brings all of them into
 * force at once. `round` alternates which port that policy opens.
 */
export async function agentCaughtUp(
  cluster: ModelCluster,
  [caller, listener]: readonly [PlacedPod, PlacedPod],
  round: number,
): Promise<void> {
  const open = PORTS[round % 2] ?? PORTS[0];
  await applyObject(cluster, `/apis/networking.k8s.io/v1/namespaces/${SENTINEL}/networkpolicies/sentinel`, sentinelPolicy(open));
  const attempts = PORTS.map((number) => ({ from: caller, to: listener, port: tcp(number) }));
  const wanted = PORTS.map((port) => port === open).join();
  await until('the agent to act on the last policy', async () => (await measure(cluster, attempts)).join() === wanted, {
    deadline: 60_000,
  });
}

function sentinelPolicy(port: number): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: SENTINEL, name: 'sentinel' },
    spec: {
      podSelector: { matchLabels: { role: 'listener' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ protocol: 'TCP', port }] }],
    },
  };
}
