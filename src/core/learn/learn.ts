import { formatLine } from '../document.ts';
import { formatPort } from '../port.ts';
import { makers, type Subject, type World } from '../reach/world.ts';
import type { LabelSelector } from '../selector.ts';
import { declaredPorts } from '../workload.ts';
import { type LearnedCalls, learnCalls } from './calls.ts';
import type { LearnedNamespace, LearnedPeers, LearnedPort, LearnedRange, LearnedRule } from './learned.ts';
import { learnPeers } from './peers.ts';
import { learnPorts } from './ports.ts';
import { isPodOf, type SeenPort } from './seen.ts';
import { tellApart } from './tell-apart.ts';

export interface LearnInput {
  readonly world: World;
  readonly seen: readonly SeenPort[];
  /** Namespaces that need no entry. */
  isExempt(namespace: string): boolean;
}

/** What was learned, and the workloads that nothing could be learned from, one sentence each. */
export interface Learned {
  readonly namespaces: readonly LearnedNamespace[];
  readonly skipped: readonly string[];
}

/** A rule for each workload that needs one: what runs now is permitted, and nothing more as far as anybody said so. Sorted by name. */
export function learn({ world, seen, isExempt }: LearnInput): Learned {
  const all = makers(world).filter(({ workload }) => !isExempt(workload.namespace));
  const sound = all.filter(
    ({ faults, workload }) => faults.length === 0 && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(workload.namespace),
  );
  const names = [...new Set(sound.map(({ workload }) => workload.namespace))].sort();
  const skipped = all.filter((one) => !sound.includes(one)).map(skippedWords);
  return { namespaces: names.map((name) => learnNamespace(name, sound, { world, seen })), skipped };
}

function skippedWords({ workload: { kind, namespace, name }, faults: [fault] }: Subject): string {
  return `${kind} ${namespace}/${name}: ${fault?.message ?? 'its namespace has no name that the API would accept'}`;
}

type Evidence = Pick<LearnInput, 'world' | 'seen'>;

function learnNamespace(name: string, sound: readonly Subject[], evidence: Evidence): LearnedNamespace {
  const subjects = sound.filter(({ workload }) => workload.namespace === name).sort(byKindAndName);
  const onHost = subjects.filter(({ workload }) => workload.hostNetwork).map(wordsOf);
  const remarks: string[] = [];
  const taken = new Set<string>();
  const called = subjects.map((subject) => ({ subject, ...learnCalls(subject, evidence.world) }));
  const rules = called.flatMap(({ subject, calls, doubts }) => {
    const made = rulesOf(subject, subjects, { ...evidence, calls });
    if (made.length === 0) remarks.push(`${wordsOf(subject)}: no port`);
    remarks.push(...doubts.map((doubt) => `${wordsOf(subject)}: ${doubt}`));
    return made.map((rule) => named(rule, subject, taken));
  });
  const isBound = called.length > 0 && called.every(({ bound, doubts }) => bound && doubts.length === 0);
  return {
    name,
    rules,
    ...(isBound ? { egress: 'what each workload here calls is said by NetworkPolicies' } : {}),
    ...(onHost.length === 0 ? {} : { hostNetwork: `doubtful: ${onHost.join(', ')}; no policy covers such pods` }),
    hostPorts: hostPortsOf(subjects),
    remarks,
  };
}

/** One rule for a workload; more where its ports have different callers, and one for each kind of call that a policy permits it. */
function rulesOf(
  subject: Subject,
  subjects: readonly Subject[],
  { world, seen, calls }: Evidence & Pick<LearnedCalls, 'calls'>,
): LearnedRule[] {
  const telling = tellApart(
    subject,
    subjects.filter((one) => one !== subject),
  );
  const pods: LabelSelector = Object.keys(telling.labels).length === 0 ? {} : { matchLabels: telling.labels };
  const { ports, remarks } = learnPorts(
    subject,
    world,
    seen.filter((one) => isPodOf(one, subject, world)),
  );
  const groups = new Map<string, { direction: 'in'; peers: LearnedPeers; ports: LearnedRange[] }>();
  for (const { port, comment } of ports) {
    const peers = learnPeers(subject, port, world, pods);
    const key = JSON.stringify(peers);
    const group = groups.get(key) ?? { direction: 'in', peers, ports: [] };
    group.ports.push({ range: { from: port.number, to: port.number, protocol: port.protocol }, comment });
    groups.set(key, group);
  }
  return [...groups.values(), ...calls].map((group, index) => ({
    ...group,
    comment: wordsOf(subject),
    pods,
    podsComment: telling.comment,
    labels: subject.workload.labels,
    remarks: index === 0 ? remarks : [],
  }));
}

/** No two rules of a namespace have one name. */
function named(rule: LearnedRule, { workload }: Subject, taken: Set<string>): LearnedRule {
  const base = (rule.direction === 'in' ? workload.name : `${workload.name}-calls`)
    .replaceAll(/[^A-Za-z0-9_.-]/g, '-')
    .slice(0, 56)
    .replaceAll(/^[^A-Za-z0-9]+|(?<=[A-Za-z0-9])[^A-Za-z0-9]+$/g, '');
  if (base === '') return rule;
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${base}-${count}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return { ...rule, name };
  }
}

function hostPortsOf(subjects: readonly Subject[]): LearnedPort[] {
  const all = subjects
    .filter(({ workload }) => !workload.hostNetwork)
    .flatMap((subject) =>
      declaredPorts(subject.workload).flatMap(({ declared: { hostPort, port } }) =>
        hostPort === undefined ? [] : [{ port: { number: hostPort, protocol: port.protocol }, comment: wordsOf(subject) }],
      ),
    );
  return [...new Map(all.map((one) => [formatPort(one.port), one])).values()];
}

function wordsOf({ workload, found }: Subject): string {
  return `${workload.kind} ${workload.name}, ${found.place === undefined ? 'the cluster' : formatLine(found.place)}`;
}

function byKindAndName(a: Subject, b: Subject): number {
  const [one, other] = [a, b].map(({ workload }) => `${workload.name} ${workload.kind}`);
  return (one ?? '') < (other ?? '') ? -1 : 1;
}
