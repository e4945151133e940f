import { grouped } from '../grouped.ts';
import type { NetworkPolicy } from '../network-policy.ts';
import { isOurs } from '../pair/metadata.ts';
import type { PodEnd } from '../reach/endpoint.ts';
import { makers, podEnd, type Subject, type World } from '../reach/world.ts';
import { type Side, sideOf } from './side.ts';

/** The pods of one workload, with what the policies say of them. */
export interface Group {
  readonly key: string;
  readonly namespace: string;
  readonly label: string;
  readonly pod: PodEnd;
  /** By all policies. */
  readonly leaves: Side;
  readonly enters: Side;
  /** By ours alone. */
  readonly ours: { readonly leaves: Side; readonly enters: Side };
}

/** Every workload of the world, and every pod that none of them makes. */
export function groupsOf(world: World): Group[] {
  const policies = grouped(
    world.policies.map(({ policy }) => policy),
    ({ metadata }) => metadata.namespace,
  );
  const addresses = addressesByMaker(world);
  const made = makers(world);
  const times = grouped(made, nameOf);
  return made.map((subject) => {
    const { namespace, kind, name } = subject.workload;
    const pod = { ...podEnd(subject, world), addresses: addresses.get(idOf(subject)) ?? [] };
    const isAlone = times.get(nameOf(subject))?.length === 1;
    const label = `${isAlone ? name : `${kind.toLowerCase()}/${name}`}${pod.hostNetwork ? ' (host network)' : ''}`;
    return { key: `1 ${namespace} ${name} ${kind}`, namespace, label, pod, ...sidesOf(pod, policies.get(namespace) ?? []) };
  });
}

function sidesOf(pod: PodEnd, policies: readonly NetworkPolicy[]): Pick<Group, 'leaves' | 'enters' | 'ours'> {
  const sides = (all: readonly NetworkPolicy[]) => ({ leaves: sideOf(pod, 'Egress', all), enters: sideOf(pod, 'Ingress', all) });
  return { ...sides(policies), ours: sides(policies.filter(isOurs)) };
}

/** The addresses of the pods that a workload made, also by way of a ReplicaSet or a Job. */
function addressesByMaker({ subjects }: World): ReadonlyMap<string, readonly string[]> {
  const known = new Map(subjects.map((subject) => [idOf(subject), subject]));
  const makerOf = (subject: Subject) => {
    const { owner, workload } = subject;
    return (owner === undefined ? undefined : known.get(`${workload.namespace}/${owner.kind}/${owner.name}`)) ?? subject;
  };
  const pods = grouped(
    subjects.filter(({ addresses }) => addresses.length > 0),
    (pod) => idOf(makerOf(makerOf(pod))),
  );
  return new Map([...pods].map(([id, made]) => [id, made.flatMap(({ addresses }) => addresses)]));
}

function idOf({ workload: { namespace, kind, name } }: Subject): string {
  return `${namespace}/${kind}/${name}`;
}

function nameOf({ workload: { namespace, name } }: Subject): string {
  return `${namespace}/${name}`;
}
