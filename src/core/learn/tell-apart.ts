import type { Subject } from '../reach/world.ts';
import { type Labels, selects } from '../selector.ts';
import { isVolatile, NAMING_LABELS } from '../volatile-labels.ts';

/** The labels by which a rule means one workload. */
export interface Telling {
  readonly labels: Labels;
  readonly comment: string;
}

const KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const MOST_LABELS = 4;

/**
 * The smallest set of lasting labels that no other workload of the namespace bears; of several those that people name workloads by, or
 * that the workload itself selects by. A workload with the same labels cannot be told apart, and the comment names it.
 */
export function tellApart({ workload, ownSelector }: Subject, others: readonly Subject[]): Telling {
  const keys = Object.keys(workload.labels)
    .filter((key) => !isVolatile(key) && KEY.test(key) && VALUE.test(workload.labels[key] ?? ''))
    .sort((a, b) => rank(a, ownSelector) - rank(b, ownSelector) || (a < b ? -1 : 1));
  const pick = (some: readonly string[]): Labels => Object.fromEntries(some.map((key) => [key, workload.labels[key] ?? '']));
  const whole = pick(keys);
  const twins = others.filter((other) => selects({ matchLabels: whole }, other.workload.labels));
  const different = others.filter((other) => !twins.includes(other));
  for (let size = 1; size <= Math.min(MOST_LABELS, keys.length); size++) {
    for (const some of choose(keys, size)) {
      const labels = pick(some);
      if (!different.some((other) => selects({ matchLabels: labels }, other.workload.labels)))
        return { labels, comment: commentOf(labels, twins) };
    }
  }
  return { labels: whole, comment: commentOf(whole, twins) };
}

function rank(key: string, ownSelector: Labels): number {
  const naming = NAMING_LABELS.indexOf(key);
  if (naming !== -1) return naming;
  return Object.hasOwn(ownSelector, key) ? 10 : key === 'app.kubernetes.io/component' ? 11 : 20;
}

/** All subsets of this size, those of the first keys first. */
function* choose(keys: readonly string[], size: number): Generator<readonly string[]> {
  if (size === 0) return yield [];
  for (const [index, key] of keys.entries()) {
    for (const rest of choose(keys.slice(index + 1), size - 1)) yield [key, ...rest];
  }
}

function commentOf(labels: Labels, twins: readonly Subject[]): string {
  const names = twins.map(({ workload }) => `${workload.kind} ${workload.name}`);
  const shown = names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  if (Object.keys(labels).length === 0) return 'doubtful: it has no lasting label, so every pod of the namespace is meant';
  return names.length === 0 ? 'no other workload here has it' : `doubtful: also meant are ${shown.join(', ')}`;
}
