import { observePairs } from '../../src/app/observed-pairs.ts';
import { type ReconcileParts, reconcileNamespace } from '../../src/app/reconcile.ts';
import type { Authority } from '../../src/core/authority.ts';
import { makeAuthority } from '../../src/core/authority.ts';
import type { NamespaceState } from '../../src/core/cluster-state.ts';
import { MANAGED_BY_LABEL } from '../../src/core/names.ts';
import type { NetworkPolicy } from '../../src/core/network-policy.ts';
import { readNetworkPolicy } from '../../src/core/pair/read.ts';
import { policyPair } from '../../src/core/policy-pair.ts';
import { asList, asRecord, textFields, textOf } from '../../src/core/unknown.ts';
import { rememberingLog, rememberingMetrics } from '../support/silence.ts';
import { type CaseFolder, differs, type Problems, setsDiffer, texts } from './case-folder.ts';
import { neutralAuthority } from './neutral-template.ts';

/** A cluster as the case describes it, and what the controller does to its policies. */
interface World {
  authority: Authority;
  readonly namespaces: readonly NamespaceState[];
  readonly policies: Map<string, NetworkPolicy>;
  /** `update POLICY_NAME`: the names that the case calls so are put back. */
  readonly writes: string[];
  readonly reports: string[];
  readonly conflicts: string[];
}

/** Events at a controller: each pass is the product's own, on a store that remembers what was written. */
export async function runPolicyEvents(folder: CaseFolder): Promise<Problems> {
  const { expected } = folder;
  const input = asRecord(folder.json('input.json'));
  const world = worldOf(input, neutralAuthority(folder.text('template.json'), 'portcullis-system'));
  const template = world.authority;
  for (const event of texts(input.events)) {
    if (event === 'disableProduct') world.authority = switchedOff(template);
    if (event === 'enableProduct') world.authority = template;
    if (event === 'sync') for (const { name } of world.namespaces) await pass(name, world);
  }
  const forbidden = texts(expected.mustNot).filter((word) => world.writes.includes(word));
  return [
    ...differs('a conflict', world.conflicts.length > 0, expected.verdict === 'conflict'),
    ...(expected.writesAllowed === undefined ? [] : setsDiffer('writes', beyond(world.writes, texts(expected.writesAllowed)), [])),
    ...forbidden.map((word) => `did ${word}`),
    ...(expected.mustReport !== undefined && world.reports.length === 0 ? ['nobody is told'] : []),
  ];
}

function beyond(writes: readonly string[], permitted: readonly string[]): string[] {
  return writes.filter((write) => !permitted.includes(write));
}

/** The product uses several names where the case knows one: a policy POLICY_NAME stands under each of them. */
function worldOf(input: Readonly<Record<string, unknown>>, authority: Authority): World {
  const cluster = asRecord(input.cluster);
  const namespaces = asList(cluster.namespaces).map((one) => namespaceState(asRecord(asRecord(one).metadata)));
  const policies = new Map<string, NetworkPolicy>();
  for (const raw of asList(cluster.networkPolicies)) {
    const text = JSON.stringify(raw).replaceAll('OWNER_LABEL', MANAGED_BY_LABEL);
    const namespace = textOf(asRecord(asRecord(raw).metadata).namespace);
    const { block, allow } = policyPair(namespace, authority, { namespaces: [namespace], apiServer: [] });
    const names = text.includes('POLICY_NAME') ? [block, ...allow].map(({ metadata }) => metadata.name) : [''];
    for (const name of names) {
      const policy = readNetworkPolicy(JSON.parse(text.replaceAll('POLICY_NAME', name)), namespace);
      if (policy !== undefined) policies.set(`${namespace}/${policy.metadata.name}`, policy);
    }
  }
  return { authority, namespaces, policies, writes: [], reports: [], conflicts: [] };
}

function namespaceState(metadata: Readonly<Record<string, unknown>>): NamespaceState {
  const name = textOf(metadata.name);
  return {
    name,
    uid: name,
    labels: textFields(metadata.labels),
    terminating: metadata.deletionTimestamp !== undefined,
    created: new Date(0),
  };
}

function switchedOff({ template }: Authority): Authority {
  const namespaces = template.namespaces.map(({ mode: _, ...entry }) => entry);
  return makeAuthority({ ...template, mode: 'off', unlisted: 'off', namespaces }, 'portcullis-system');
}

async function pass(name: string, world: World): Promise<void> {
  const policies = (namespace: string) => [...world.policies].flatMap(([key, policy]) => (key.startsWith(`${namespace}/`) ? [policy] : []));
  const facts = { namespaces: world.namespaces.map((one) => one.name), apiServer: [] };
  const { conflicts } = await reconcileNamespace(name, {
    authority: () => world.authority,
    view: {
      namespaces: () => world.namespaces,
      namespace: (wanted) => world.namespaces.find((one) => one.name === wanted),
      policies,
      pods: () => [],
      apiServer: () => [],
    },
    observed: observePairs({ authority: () => world.authority, facts: () => facts, policies }),
    store: recordingStore(world, policies),
    gates: { labelGate: async () => undefined, liftGate: async () => undefined },
    announce: {
      namespace: (_namespace, _reason, message) => void world.reports.push(message),
      pod: (_pod, _reason, message) => void world.reports.push(message),
      template: (_configMap, _reason, message) => void world.reports.push(message),
    },
    metrics: rememberingMetrics(),
    log: rememberingLog(),
    policies: 'managed',
    pause: async () => {},
    othersWait: () => false,
  });
  world.conflicts.push(...conflicts);
}

/** Every name that the product would use is POLICY_NAME to the case. */
function recordingStore(world: World, policies: (namespace: string) => NetworkPolicy[]): ReconcileParts['store'] {
  return {
    list: async (namespace) => policies(namespace),
    apply: async (policy) => {
      const key = `${policy.metadata.namespace}/${policy.metadata.name}`;
      world.writes.push(`${world.policies.has(key) ? 'update' : 'create'} POLICY_NAME`);
      world.policies.set(key, policy);
      return policy;
    },
    remove: async (namespace, name) => {
      world.writes.push('delete POLICY_NAME');
      world.policies.delete(`${namespace}/${name}`);
    },
  };
}
