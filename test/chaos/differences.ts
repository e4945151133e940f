import { makeAuthority } from '../../src/core/authority.ts';
import type { NetworkPolicy } from '../../src/core/network-policy.ts';
import { isOurs } from '../../src/core/pair/metadata.ts';
import { readNetworkPolicy } from '../../src/core/pair/read.ts';
import { policyPair } from '../../src/core/policy-pair.ts';
import { sameSpec } from '../../src/core/policy-spec.ts';
import type { Api } from '../cluster/api.ts';
import type { ApiObject } from '../cluster/client.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import { configMapPath, SCHEDULING_GATE } from '../support/on-server.ts';
import { readTemplate } from '../support/parse-template.ts';
import { VERSION } from './churn.ts';
import { ALWAYS, authorizes, enforces, groupOf, NEVER, SOMETIMES, type Version } from './versions.ts';

/** What differs between the cluster and what the template that is stored wants, a line each; none: all is as it should be. */
export async function differences(api: Api): Promise<string[]> {
  const stored = await readStored(api);
  const pairs = stored.namespaces.flatMap((namespace) => [...byCore(namespace, stored), ...byModel(namespace, stored)]);
  return pairs.length > 0 ? pairs : stillWaiting(api, stored.namespaces);
}

interface Stored {
  /** Those of the run that are not on their way out. */
  readonly namespaces: readonly string[];
  readonly policies: ReadonlyMap<string, readonly NetworkPolicy[]>;
  readonly text: string;
  readonly version: Version;
  readonly wanted: (namespace: string) => readonly NetworkPolicy[];
}

async function readStored(api: Api): Promise<Stored> {
  const policies = await items(api, '/apis/networking.k8s.io/v1/networkpolicies');
  const [all, template] = [await items(api, '/api/v1/namespaces'), await api.request('GET', configMapPath('portcullis-template'))];
  const alive = all.filter(({ metadata }) => metadata?.deletionTimestamp === undefined).map(({ metadata }) => metadata?.name ?? '');
  const namespaces = alive.filter((name) => groupOf(name) !== undefined);
  const text = (template.data as Readonly<Record<string, string>>)['template.yaml'] ?? '';
  const version: Version = JSON.parse(template.metadata?.annotations?.[VERSION] ?? '');
  return { namespaces, policies: byNamespace(policies), text, version, wanted: wantedBy(text, alive) };
}

async function items(api: Api, path: string): Promise<readonly ApiObject[]> {
  return (await api.request('GET', path)).items ?? [];
}

function byNamespace(policies: readonly ApiObject[]): Map<string, NetworkPolicy[]> {
  const sorted = new Map<string, NetworkPolicy[]>();
  for (const raw of policies) {
    const namespace = raw.metadata?.namespace ?? '';
    const policy = readNetworkPolicy(raw, namespace);
    if (policy !== undefined && isOurs(policy)) sorted.set(namespace, [...(sorted.get(namespace) ?? []), policy]);
  }
  return sorted;
}

function wantedBy(text: string, namespaces: readonly string[]): Stored['wanted'] {
  const read = readTemplate(text);
  if (!read.ok) throw new Error('the template that is stored is not valid');
  const authority = makeAuthority(read.template, OWN_NAMESPACE);
  return (namespace) => {
    if (authority.namespace(namespace).mode !== 'enforce') return [];
    const { block, allow } = policyPair(namespace, authority, { namespaces, apiServer: [] });
    return [block, ...allow];
  };
}

/** Exactly the policies that the core computes, with exactly their specs. */
function byCore(namespace: string, { policies, wanted }: Stored): string[] {
  const there = new Map((policies.get(namespace) ?? []).map((policy) => [policy.metadata.name, policy]));
  const lines = wanted(namespace).flatMap((policy) => {
    const { name } = policy.metadata;
    const stored = there.get(name);
    there.delete(name);
    if (stored === undefined) return [`${namespace}/${name} is missing`];
    return sameSpec(stored.spec, policy.spec) ? [] : [`${namespace}/${name} says something else`];
  });
  return [...lines, ...[...there.keys()].map((name) => `${namespace}/${name} should not be there`)];
}

/** The same without the product's code: closed where the group enforces, and open for exactly the ports of the group. */
function byModel(namespace: string, { policies, version }: Stored): string[] {
  const group = groupOf(namespace);
  const there = policies.get(namespace) ?? [];
  if (group === undefined || !enforces(version, group)) return there.length === 0 ? [] : [`${namespace} is closed, and should be open`];
  const isClosed = there.some(({ metadata }) => metadata.name === 'portcullis-block');
  const ports = [ALWAYS, ...SOMETIMES, NEVER];
  const wrong = ['web', 'db'].flatMap((app) => {
    const open = openedFor(there, app);
    const wanted = ports.filter((port) => authorizes(version, { group, app, port }));
    return open.join() === wanted.join() ? [] : [`${namespace}: ${app} is open at ${open.join()}, should be at ${wanted.join()}`];
  });
  return [...(isClosed ? [] : [`${namespace} is not closed`]), ...wrong];
}

function openedFor(policies: readonly NetworkPolicy[], app: string): number[] {
  const selecting = policies.filter(({ spec }) => (spec.podSelector.matchLabels?.app ?? app) === app);
  const ports = selecting.flatMap(({ spec }) => spec.ingress).flatMap((rule) => rule.ports ?? []);
  return [...new Set(ports.map(({ port }) => Number(port)))].sort((a, b) => a - b);
}

/** Pods at our scheduling gate, though the policies of their namespace are there. */
async function stillWaiting(api: Api, namespaces: readonly string[]): Promise<string[]> {
  const alive = new Set(namespaces);
  const pods = await items(api, '/api/v1/pods');
  return pods.flatMap(({ metadata, spec }) => {
    const { schedulingGates = [] } = spec as { readonly schedulingGates?: readonly { readonly name: string }[] };
    const waits = schedulingGates.some(({ name }) => name === SCHEDULING_GATE) && alive.has(metadata?.namespace ?? '');
    return waits ? [`${metadata?.namespace}/${metadata?.name} still waits at the gate`] : [];
  });
}
