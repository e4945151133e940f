import type { Authority } from '../authority.ts';
import { addedViolations, type Violation, violationsOf } from '../checks.ts';
import { connectionsOf } from '../pair/connections.ts';
import type { ClusterFacts } from '../pair/peers.ts';
import { selects } from '../selector.ts';
import type { Workload } from '../workload.ts';
import { type Opening, openedBetween, openingsOf } from './openings.ts';

/** The template in force and the one that would replace it, with what is there. */
export interface PreviewInput {
  readonly before: Authority;
  readonly after: Authority;
  readonly workloads: readonly Workload[];
  readonly cluster: ClusterFacts;
}

export interface Preview {
  readonly modes: readonly { readonly namespace: string; readonly before: string; readonly after: string; readonly origin: string }[];
  readonly workloads: readonly WorkloadChange[];
  /** Namespaces whose egress would be closed for the first time, and the workloads that no rule lets out. */
  readonly silenced: readonly { readonly namespace: string; readonly workloads: readonly Workload[] }[];
  readonly opens: readonly Opening[];
  readonly closes: readonly Opening[];
}

export type GateVerdict = 'permitted' | 'audit' | 'refused' | 'not judged';

/** A workload of which the gate would say something else, or more. */
export interface WorkloadChange {
  readonly workload: Workload;
  readonly before: GateVerdict;
  readonly after: GateVerdict;
  /** What it breaks now and did not break before. */
  readonly added: readonly Violation[];
}

/** What an edit of the template changes. Nothing that runs is ever killed: what is refused is refused at its next creation. */
export function previewOf(input: PreviewInput): Preview {
  const { before, after, cluster } = input;
  const judged = cluster.namespaces.filter((name) => [before, after].every((authority) => authority.namespace(name).mode !== 'off'));
  const [old, now] = [openingsOf(judged, before, cluster), openingsOf(judged, after, cluster)];
  return {
    modes: modeChanges(input),
    workloads: input.workloads.flatMap((workload) => workloadChange(workload, input)),
    silenced: silencedWorkloads(input),
    opens: openedBetween(old, now),
    closes: openedBetween(now, old),
  };
}

function modeChanges({ before, after, cluster }: PreviewInput): Preview['modes'] {
  return cluster.namespaces.flatMap((namespace) => {
    const [old, now] = [before.namespace(namespace).mode, after.namespace(namespace).mode];
    return old === now ? [] : [{ namespace, before: old, after: now, origin: after.namespace(namespace).origin }];
  });
}

function workloadChange(workload: Workload, { before, after }: PreviewInput): WorkloadChange[] {
  const [old, now] = [judge(workload, before), judge(workload, after)];
  const added = addedViolations(old.violations, now.violations);
  if (added.length === 0 && old.verdict === now.verdict) return [];
  return [{ workload, before: old.verdict, after: now.verdict, added }];
}

function judge(workload: Workload, authority: Authority): { readonly verdict: GateVerdict; readonly violations: readonly Violation[] } {
  const namespace = authority.namespace(workload.namespace);
  if (namespace.mode === 'off') return { verdict: 'not judged', violations: [] };
  const violations = violationsOf({ workload, authority, namespace });
  return { verdict: violations.length === 0 ? 'permitted' : namespace.mode === 'enforce' ? 'refused' : 'audit', violations };
}

function silencedWorkloads({ before, after, workloads, cluster }: PreviewInput): Preview['silenced'] {
  const closing = cluster.namespaces.filter((name) => closesEgress(after, name) && !closesEgress(before, name));
  return closing.flatMap((namespace) => {
    const egress = connectionsOf(namespace, after, cluster).filter(({ direction, rule }) => direction === 'egress' && rule !== undefined);
    const silent = workloads.filter((one) => one.namespace === namespace && !egress.some(({ pods }) => selects(pods, one.labels)));
    return silent.length === 0 ? [] : [{ namespace, workloads: silent }];
  });
}

function closesEgress(authority: Authority, name: string): boolean {
  return authority.namespace(name).mode === 'enforce' && (authority.entry(name)?.egress ?? authority.template.egress) === 'declared';
}
