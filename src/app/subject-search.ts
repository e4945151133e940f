import { nearestWord } from '../core/nearest.ts';
import { printable } from '../core/printable.ts';
import type { Subject, World } from '../core/reach/world.ts';
import { selects } from '../core/selector.ts';
import { NAMING_LABELS } from '../core/volatile-labels.ts';

/** By which words a person means a workload. */
export interface SubjectName {
  readonly namespace: string;
  /** As the API writes it: `Deployment`. Absent: any kind. */
  readonly kind?: string;
  readonly name: string;
}

/** The one that is meant, or why there is none, in a sentence. */
export type Found = { readonly subject: Subject } | { readonly problem: string };

/**
 * Looks for a Pod or workload by kind and name; without a kind by name, then by the label that names it (`app: front`). A workload of the
 * cluster has the addresses of its pods.
 */
export function findSubject(wanted: SubjectName, world: World): Found {
  const inNamespace = world.subjects.filter(({ workload }) => workload.namespace === wanted.namespace);
  const isAnyKind = wanted.kind === undefined || wanted.name.endsWith('-');
  const candidates = inNamespace.filter(({ workload }) => isAnyKind || workload.kind === wanted.kind);
  const byName = candidates.filter(({ workload }) => isNamed(workload.name, wanted.name));
  const [first, ...others] = preferMakers(byName.length > 0 || wanted.kind !== undefined ? byName : labeled(candidates, wanted.name));
  if (first === undefined) return { problem: absence(wanted, inNamespace, world) };
  const kinds = [first, ...others].map(({ workload }) => `${workload.kind.toLowerCase()}/${workload.name}`);
  if (others.some(({ workload }) => JSON.stringify(workload.labels) !== JSON.stringify(first.workload.labels))) {
    return {
      problem: `${wanted.name} in ${wanted.namespace} may be ${kinds.join(' or ')}; say which, like ${kinds[0]} -n ${wanted.namespace}`,
    };
  }
  return { subject: { ...first, addresses: addressesOf(first, inNamespace) } };
}

/** A name that ends with `-` is a generateName: nobody knows more of a pod that was refused. Its maker has the name without the dash. */
function isNamed(name: string, wanted: string): boolean {
  return name === wanted || (wanted.endsWith('-') && name === wanted.slice(0, -1));
}

/** What makes pods explains them all; a pod that it made is one of many. */
function preferMakers(found: readonly Subject[]): readonly Subject[] {
  const makers = found.filter(({ owner }) => owner === undefined);
  return makers.length > 0 ? makers : found;
}

function labeled(candidates: readonly Subject[], name: string): Subject[] {
  return candidates.filter(({ workload }) =>
    NAMING_LABELS.some((key) => Object.hasOwn(workload.labels, key) && workload.labels[key] === name),
  );
}

function addressesOf({ workload, addresses, ownSelector }: Subject, inNamespace: readonly Subject[]): readonly string[] {
  if (workload.kind === 'Pod' || Object.keys(ownSelector).length === 0) return addresses;
  const pods = inNamespace.filter((one) => one.workload.kind === 'Pod' && selects({ matchLabels: ownSelector }, one.workload.labels));
  return [...new Set(pods.flatMap((pod) => pod.addresses))];
}

function absence({ namespace, kind, name }: SubjectName, there: readonly Subject[], { namespaces }: World): string {
  const what = kind === undefined ? 'Pod or workload' : kind;
  if (there.length === 0 && !namespaces.has(namespace)) {
    const all = [...namespaces.keys()];
    const near = nearestWord(namespace, all);
    const which = near === undefined ? (all.length === 0 ? '' : `; ${thereAre(all)}`) : `; did you mean ${near}?`;
    return `nothing is known of a namespace ${namespace}${which}`;
  }
  const names = [...new Set(preferMakers(there).map(({ workload }) => workload.name))];
  const near = nearestWord(name, names);
  const known = names.length === 0 ? 'nothing that has pods is there' : thereAre(names);
  return `no ${what} ${name} in ${namespace}; ${near === undefined ? known : `did you mean ${near}?`}`;
}

function thereAre(names: readonly string[]): string {
  return `there are ${names.slice(0, 8).map(printable).join(', ')}${names.length > 8 ? `, and ${names.length - 8} more` : ''}`;
}
