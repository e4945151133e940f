import type { ListedPolicy } from '../app/policy-list.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { formatSelector } from '../core/selector.ts';
import { age } from './age.ts';
import { colors } from './color.ts';
import type { Io } from './io.ts';
import { table } from './table.ts';

/** NAMESPACE, NAME, POD-SELECTOR, AGE: the list of the running example, as `kubectl get networkpolicies -A` prints it. */
export function plainPolicyTable(policies: readonly NetworkPolicy[], now: Date): string {
  return table(
    ['NAMESPACE', 'NAME', 'POD-SELECTOR', 'AGE'],
    policies.map((policy) => plainRow(policy, now)),
  );
}

/** The same list with the owner and how each policy stands to the template. */
export function policyTable(listed: readonly ListedPolicy[], now: Date, io: Pick<Io, 'color'>): string {
  const { red, yellow, green } = colors(io);
  const paint = ({ owner, state }: ListedPolicy) => (state === 'in place' ? green(state) : owner === 'other' ? yellow(state) : red(state));
  return table(
    ['NAMESPACE', 'NAME', 'POD-SELECTOR', 'AGE', 'OWNER', 'STATE'],
    listed.map((one) => [...plainRow(one.policy, now), one.owner, paint(one)]),
  );
}

function plainRow({ metadata, spec }: NetworkPolicy, now: Date): string[] {
  const created = metadata.creationTimestamp;
  return [metadata.namespace, metadata.name, podSelector(spec.podSelector), created === undefined ? '-' : age(new Date(created), now)];
}

/** kubectl says `<none>` for the selector of every pod. */
function podSelector(selector: NetworkPolicy['spec']['podSelector']): string {
  const text = formatSelector(selector);
  return text === '<all>' ? '<none>' : text;
}
