import type { Authority } from './authority.ts';
import { addedViolations, type Violation, violationsOf } from './checks.ts';
import type { PodState } from './cluster-state.ts';
import { connectionsOf } from './pair/connections.ts';
import type { ClusterFacts } from './pair/peers.ts';
import { formatPort } from './port.ts';
import { selects } from './selector.ts';
import { readWorkload } from './workload.ts';

/** The template in force and the one that would replace it, with what runs now. */
export interface ImpactInput {
  readonly before: Authority;
  readonly after: Authority;
  readonly pods: readonly PodState[];
  readonly cluster: ClusterFacts;
}

/** How many pods a sentence names before "and N more". */
const NAMED_PODS = 3;

/** What an edit of the template changes for running pods, one sentence each, the gravest first. Nothing that runs is ever killed. */
export function templateImpact(input: ImpactInput): string[] {
  return [...modeChanges(input), ...unauthorizedPods(input), ...silencedPods(input)];
}

function modeChanges({ before, after, cluster }: ImpactInput): string[] {
  return cluster.namespaces.flatMap((name) => {
    const [old, now] = [before.namespace(name).mode, after.namespace(name).mode];
    return old === now ? [] : [`namespace ${name} changes from ${old} to ${now} (${after.namespace(name).origin})`];
  });
}

/** Ports that were permitted and would be no longer, with the pods that declare them. */
function unauthorizedPods({ before, after, pods }: ImpactInput): string[] {
  const losses = new Map<string, string[]>();
  for (const pod of pods) {
    for (const violation of addedViolations(violations(pod, before), violations(pod, after))) {
      const key = `${lossPhrase(violation)} in ${pod.namespace}`;
      losses.set(key, [...(losses.get(key) ?? []), pod.name]);
    }
  }
  return [...losses.entries()].map(([what, names]) => `${what} becomes unauthorized for ${podList(names)}`);
}

function violations(pod: PodState, authority: Authority): Violation[] {
  const namespace = authority.namespace(pod.namespace);
  if (namespace.mode === 'off') return [];
  const { workload } = readWorkload('Pod', pod.object, pod.namespace);
  return violationsOf({ workload, authority, namespace });
}

function lossPhrase({ code, port, hostPort }: Violation): string {
  if (port === undefined) return 'hostNetwork';
  return code === 'host-port-not-permitted' ? `hostPort ${hostPort}/${port.protocol}` : formatPort(port);
}

/** Pods whose egress would be closed for the first time, and for which no rule lets anything out. */
function silencedPods({ before, after, pods, cluster }: ImpactInput): string[] {
  const closing = cluster.namespaces.filter((name) => closesEgress(after, name) && !closesEgress(before, name));
  return closing.flatMap((name) => {
    const egress = connectionsOf(name, after, cluster).filter(({ direction, rule }) => direction === 'egress' && rule !== undefined);
    const silent = pods.filter((pod) => pod.namespace === name && !egress.some((connection) => selects(connection.pods, pod.labels)));
    if (silent.length === 0) return [];
    return [
      `closes the egress of ${name}: no rule lets ${podList(silent.map((pod) => pod.name))} out, except to DNS and the own namespace`,
    ];
  });
}

function closesEgress(authority: Authority, name: string): boolean {
  return authority.namespace(name).mode === 'enforce' && (authority.entry(name)?.egress ?? authority.template.egress) === 'declared';
}

function podList(names: readonly string[]): string {
  const shown = names.slice(0, NAMED_PODS).join(', ');
  const more = names.length > NAMED_PODS ? ` and ${names.length - NAMED_PODS} more` : '';
  return `${names.length} running ${names.length === 1 ? 'pod' : 'pods'} (${shown}${more})`;
}
