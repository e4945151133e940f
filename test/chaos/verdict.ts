import { ALLOW_POLICY, BLOCK_POLICY, SCHEDULING_GATE } from '../../src/core/names.ts';
import type { ApiObject } from '../cluster/client.ts';
import { SENT, VERSION } from './churn.ts';
import type { Change } from './history.ts';
import type { Outage } from './kills.ts';
import { type Declared, enforces, groupOf, permits, type Version } from './versions.ts';

/** What a run must never have let happen, found in the history of etcd. */
export interface Verdict {
  /** A line for each pod that no template in force would have let in, or that was free to run before its policies were there. */
  readonly violations: readonly string[];
  /** Changes of pods that were judged. */
  readonly judged: number;
  /** Pods that ran free in a closed namespace, each after its pair. */
  readonly free: number;
  /** By which the most belated decision followed a template that an edit had replaced; milliseconds outside of outages. */
  readonly belatedMs: number;
}

export interface Happened {
  readonly history: readonly Change[];
  /** When each version of the template was known to be stored, by its number; milliseconds of Date.now(). */
  readonly stored: ReadonlyMap<number, number>;
  readonly outages: readonly Outage[];
}

/** An edit of the template that a gate could not hear of, since the API server was away, is heard of within this time. */
const HEARD_WITHIN_MS = 10_000;

/** Goes through the history once, in the order in which everything happened. */
export function judge({ history, stored, outages }: Happened): Verdict {
  const versions: Version[] = [];
  const policies = new Map<string, Set<string>>();
  const pods = new Map<string, Declared>();
  const violations: string[] = [];
  const count = { judged: 0, free: 0, belatedMs: 0 };
  for (const change of history) {
    const [resource, namespace = '', name = ''] = change.key.split('/');
    const group = groupOf(namespace);
    if (name === 'portcullis-template') versions.push(...versionIn(change));
    if (resource === 'networkpolicies') notePolicy(policies, { namespace, name }, change);
    if (resource !== 'pods' || group === undefined || change.value === undefined) continue;
    const pod = change.value as ApiObject;
    const declared: Declared = { group, ...declaredBy(pod) };
    if (change.isNew || pods.get(change.key)?.app !== declared.app) {
      count.judged += 1;
      const sent = Number(pod.metadata?.annotations?.[SENT]);
      const belatedMs = belated({ versions, stored, outages }, { sent, now: declared, before: pods.get(change.key) });
      if (belatedMs > HEARD_WITHIN_MS)
        violations.push(`${change.key} (${describe(declared)}) was let in, and no template in force permits it`);
      else count.belatedMs = Math.max(count.belatedMs, belatedMs);
    }
    pods.set(change.key, declared);
    if (!versions.every((version) => enforces(version, group)) || isWaiting(pod)) continue;
    if (hasPair(policies.get(namespace))) count.free += 1;
    else violations.push(`${change.key} was free to run at revision ${change.revision}, before the policies of its namespace`);
  }
  return { violations, ...count };
}

function versionIn({ value }: Change): Version[] {
  const text = (value as ApiObject | undefined)?.metadata?.annotations?.[VERSION];
  return text === undefined ? [] : [JSON.parse(text)];
}

function notePolicy(
  policies: Map<string, Set<string>>,
  at: { readonly namespace: string; readonly name: string },
  { value }: Change,
): void {
  const names = policies.get(at.namespace) ?? new Set();
  policies.set(at.namespace, names);
  if (value === undefined) names.delete(at.name);
  else names.add(at.name);
}

function hasPair(names: ReadonlySet<string> | undefined): boolean {
  return names?.has(BLOCK_POLICY) === true && names.has(ALLOW_POLICY);
}

interface Spec {
  readonly containers: readonly { readonly ports?: readonly { readonly containerPort: number }[] }[];
  readonly schedulingGates?: readonly { readonly name: string }[];
}

function declaredBy({ metadata, spec }: ApiObject): Pick<Declared, 'app' | 'port'> {
  const [container] = (spec as Spec).containers;
  return { app: metadata?.labels?.app ?? '', port: container?.ports?.[0]?.containerPort ?? 0 };
}

function isWaiting({ spec }: ApiObject): boolean {
  return (spec as Spec).schedulingGates?.some(({ name }) => name === SCHEDULING_GATE) === true;
}

interface Decision {
  /** When the call was sent: the gate decided later. */
  readonly sent: number;
  readonly now: Declared;
  /** Of a label that changed: an offender may go on as one. */
  readonly before: Declared | undefined;
}

/** For how long no version permitted this when the call was sent: 0 where one in force did, infinite where none ever did. */
function belated({ versions, stored, outages }: Omit<Happened, 'history'> & { versions: Version[] }, decision: Decision): number {
  const { sent, now, before } = decision;
  const may = (version: Version) => permits(version, now) || (before !== undefined && !permits(version, before));
  const last = versions.findLastIndex(may);
  if (last < 0) return Number.POSITIVE_INFINITY;
  const successor = versions[last + 1];
  const replaced = successor === undefined ? Number.POSITIVE_INFINITY : (stored.get(successor.number) ?? Number.POSITIVE_INFINITY);
  const lastOutage = outages.findLast(({ start }) => start <= sent);
  return Math.max(0, sent - Math.max(replaced, lastOutage?.end ?? 0));
}

const describe = ({ app, port }: Declared) => `app ${app}, port ${port}`;
