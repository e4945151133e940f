import type { Authority } from './authority.ts';
import type { PodState } from './cluster-state.ts';
import type { ClusterFacts } from './pair/peers.ts';
import { openingWords } from './preview/openings.ts';
import { violationPhrase } from './preview/phrases.ts';
import { type Preview, previewOf } from './preview/preview.ts';
import { readWorkload } from './workload-reading.ts';

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
export function templateImpact({ before, after, pods, cluster }: ImpactInput): string[] {
  const workloads = pods.map(({ object, namespace }) => readWorkload('Pod', object, namespace).workload);
  const preview = previewOf({ before, after, workloads, cluster });
  return [
    ...preview.modes.map((one) => `namespace ${one.namespace} changes from ${one.before} to ${one.after} (${one.origin})`),
    ...unauthorizedPods(preview),
    ...preview.silenced.map(
      ({ namespace, workloads: silent }) =>
        `closes the egress of ${namespace}: no rule lets ${podList(silent.map(({ name }) => name))} out, except to DNS and the own namespace`,
    ),
    ...preview.closes.map((opening) => `closes ${openingWords(opening)}`),
    ...preview.opens.map((opening) => `opens ${openingWords(opening)}`),
  ];
}

/** Ports that were permitted and would be no longer, with the pods that declare them. */
function unauthorizedPods({ workloads }: Preview): string[] {
  const losses = new Map<string, string[]>();
  for (const { workload, added } of workloads) {
    for (const violation of added) {
      const key = `${violationPhrase(violation)} in ${workload.namespace}`;
      losses.set(key, [...(losses.get(key) ?? []), workload.name]);
    }
  }
  return [...losses.entries()].map(([what, names]) => `${what} becomes unauthorized for ${podList(names)}`);
}

function podList(names: readonly string[]): string {
  const shown = names.slice(0, NAMED_PODS).join(', ');
  const more = names.length > NAMED_PODS ? ` and ${names.length - NAMED_PODS} more` : '';
  return `${names.length} running ${names.length === 1 ? 'pod' : 'pods'} (${shown}${more})`;
}
