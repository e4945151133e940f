import type { Random } from '../fuzz/random.ts';
import { documentOf } from '../support/parse-template.ts';

/**
 * The templates of a chaos run, and a model of them that is so simple that it needs no code of the product: six groups of namespaces, each
 * with one port for everybody and some for pods `app: web`. An edit changes one group.
 */

/** A namespace belongs to the group that its name begins with. `turn` goes back and forth between enforce and audit, `free` is in audit. */
export const GROUPS = ['alpha', 'beta', 'gamma', 'delta', 'turn', 'free'] as const;
export type Group = (typeof GROUPS)[number];

/** Permitted to every pod by every version. */
export const ALWAYS = 80;
/** Permitted by no version. */
export const NEVER = 666;
/** Permitted to `app: web` by some versions. */
export const SOMETIMES = [81, 82, 83, 84, 85, 86] as const;

export interface Version {
  readonly number: number;
  readonly turnEnforces: boolean;
  /** What pods `app: web` of each group may listen on beside ALWAYS. */
  readonly web: Readonly<Record<Group, readonly number[]>>;
}

export const FIRST_VERSION: Version = {
  number: 0,
  turnEnforces: true,
  web: { alpha: [81], beta: [81], gamma: [81], delta: [81], turn: [81], free: [81] },
};

/** The version after this one: the ports of one group are others, or the group `turn` changes its mode. */
export function nextVersion(before: Version, random: Random): Version {
  const number = before.number + 1;
  const group = random.pick(GROUPS);
  if (group === 'turn' && random.oneIn(2)) return { ...before, number, turnEnforces: !before.turnEnforces };
  const some = SOMETIMES.filter(() => random.oneIn(2));
  return { ...before, number, web: { ...before.web, [group]: some.length === 0 ? [81] : some } };
}

/** The YAML of a version. */
export function templateText({ turnEnforces, web }: Version): string {
  const modes: Readonly<Record<string, string>> = { turn: turnEnforces ? 'enforce' : 'audit', free: 'audit' };
  const entries = GROUPS.map((group) => {
    const rules = `[{ports: [${ALWAYS}]}, {pods: {app: web}, ports: [${web[group].join(', ')}]}]`;
    return `  - {name: ${group}-*, mode: ${modes[group] ?? 'enforce'}, rules: ${rules}}\n`;
  });
  return documentOf(`mode: enforce\nunlisted: off\nnamespaces:\n${entries.join('')}`);
}

/** The group of a namespace; undefined for one that is not of the run. */
export function groupOf(namespace: string): Group | undefined {
  return GROUPS.find((group) => namespace.startsWith(`${group}-`));
}

export function enforces(version: Version, group: Group): boolean {
  return group === 'turn' ? version.turnEnforces : group !== 'free';
}

/** What a pod bears that the gate looks at. */
export interface Declared {
  readonly group: Group;
  readonly app: string;
  readonly port: number;
}

/** Whether a rule of the version means this port of this pod, whatever the mode. */
export function authorizes(version: Version, { group, app, port }: Declared): boolean {
  return port === ALWAYS || (app === 'web' && version.web[group].includes(port));
}

/** Whether the gate must let the pod in. */
export function permits(version: Version, pod: Declared): boolean {
  return !enforces(version, pod.group) || authorizes(version, pod);
}
