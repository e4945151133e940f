import { asList, asRecord, isRecord } from '../../src/core/unknown.ts';
import { HOST_PORTS, modeOf, ROWS, type Row } from './fuzz-template.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Every kind that carries pods, its resource, and the way to them. */
export const WORKLOADS = [
  { kind: 'Pod', group: '', resource: 'pods', path: [] },
  { kind: 'ReplicationController', group: '', resource: 'replicationcontrollers', path: ['spec', 'template'] },
  { kind: 'Deployment', group: 'apps', resource: 'deployments', path: ['spec', 'template'] },
  { kind: 'ReplicaSet', group: 'apps', resource: 'replicasets', path: ['spec', 'template'] },
  { kind: 'StatefulSet', group: 'apps', resource: 'statefulsets', path: ['spec', 'template'] },
  { kind: 'DaemonSet', group: 'apps', resource: 'daemonsets', path: ['spec', 'template'] },
  { kind: 'Job', group: 'batch', resource: 'jobs', path: ['spec', 'template'] },
  { kind: 'CronJob', group: 'batch', resource: 'cronjobs', path: ['spec', 'jobTemplate', 'spec', 'template'] },
] as const;

type WorkloadKind = (typeof WORKLOADS)[number];

/** The pod, or the template of the pods, inside of an object; an empty one where there is none. */
export function podOf(object: unknown, { path }: WorkloadKind): Fields {
  let value = object;
  for (const step of path) value = asRecord(value)[step];
  return asRecord(value);
}

/** The labels of a pod that are texts; null is an empty one. */
export function textLabels(pod: Fields | undefined): ReadonlyMap<string, unknown> {
  const labels = Object.entries(asRecord(asRecord(pod?.metadata).labels)).map(([key, value]): [string, unknown] => [key, value ?? '']);
  return new Map(labels.filter(([, value]) => typeof value === 'string'));
}

/** A static pod: a kubelet says so. */
export function isMirror(request: Fields, { kind }: WorkloadKind): boolean {
  const { annotations } = asRecord(asRecord(request.object).metadata);
  const { groups } = asRecord(request.userInfo);
  return (
    kind === 'Pod' && Object.keys(asRecord(annotations)).includes('kubernetes.io/config.mirror') && asList(groups).includes('system:nodes')
  );
}

const isMissing = (value: unknown) => value === undefined || value === null;
const isObjectOrMissing = (value: unknown) => isMissing(value) || isRecord(value);
const isListOrMissing = (value: unknown) => isMissing(value) || Array.isArray(value);
const isPort = (value: unknown) => typeof value === 'number' && value > 0 && value < 65536 && Math.floor(value) === value;

/** Whether the object cannot be what it claims to be: the API server would refuse it as well. */
export function isFaulty(object: Fields, kind: WorkloadKind): boolean {
  const head = asRecord(object.metadata);
  if (!isObjectOrMissing(object.metadata)) return true;
  if (![head.name, head.generateName, head.namespace].every((value) => isMissing(value) || typeof value === 'string')) return true;
  let step: unknown = object;
  for (const name of kind.path) {
    step = asRecord(step)[name];
    if (!isObjectOrMissing(step)) return true;
  }
  const { metadata, spec } = podOf(object, kind);
  const { labels } = asRecord(metadata);
  if (![metadata, spec, labels].every(isObjectOrMissing)) return true;
  if (!Object.values(asRecord(labels)).every((value) => isMissing(value) || typeof value === 'string')) return true;
  const { hostNetwork, initContainers, containers, ephemeralContainers } = asRecord(spec);
  if (!isMissing(hostNetwork) && typeof hostNetwork !== 'boolean') return true;
  if (!isListOrMissing(initContainers) || !isListOrMissing(containers)) return true;
  const isOnHost = hostNetwork === true;
  if (asList(initContainers).some((one) => isBadContainer(one, false)) || asList(containers).some((one) => isBadContainer(one, isOnHost))) {
    return true;
  }
  if (asList(ephemeralContainers).some((one) => !isEmptyList(asRecord(one).ports))) return true;
  const bound = (container: unknown) => hostPortsOf(container, isOnHost && kind.kind === 'Pod');
  return [...asList(initContainers).map(bound), asList(containers).flatMap(bound)].some((all) => new Set(all).size < all.length);
}

const isEmptyList = (value: unknown) => isMissing(value) || (Array.isArray(value) && value.length === 0);

/** What a container binds on its node, a word for each; `all`: every port. */
function hostPortsOf(container: unknown, all: boolean): string[] {
  return asList(asRecord(container).ports)
    .map(asRecord)
    .map(({ hostPort, containerPort, protocol, hostIP }) => [hostPort || (all ? containerPort : 0), protocol || 'TCP', hostIP ?? ''])
    .flatMap((words) => (words[0] === 0 ? [] : [JSON.stringify(words)]));
}

function isBadContainer(container: unknown, mustEqual: boolean): boolean {
  const { ports } = asRecord(container);
  if (!isRecord(container) || !isListOrMissing(ports)) return true;
  const given = asList(ports)
    .map((port) => asRecord(port).name ?? '')
    .filter((name) => name !== '');
  if (new Set(given).size < given.length || !given.every(isPortName)) return true;
  return asList(ports).some((port) => {
    const { containerPort, protocol, hostPort } = asRecord(port);
    if (!isPort(containerPort) || !(isMissing(protocol) || ['', 'TCP', 'UDP', 'SCTP'].some((one) => one === protocol))) return true;
    if (isMissing(hostPort) || hostPort === 0) return false;
    return !isPort(hostPort) || (mustEqual && hostPort !== containerPort);
  });
}

function isPortName(name: unknown): boolean {
  if (typeof name !== 'string' || name.length > 15 || /[^-a-z0-9]/.test(name) || !/[a-z]/.test(name)) return false;
  return !name.startsWith('-') && !name.endsWith('-') && !name.includes('--');
}

/** What the template does not permit of the pod, a word for each; what cannot be read is left out. */
export function naiveOffenses(pod: Fields, namespace: string): string[] {
  const { initContainers, containers, hostNetwork } = asRecord(pod.spec);
  const ports = [...asList(initContainers), ...asList(containers)].flatMap((one) => asList(asRecord(one).ports).map(asRecord));
  const labels = textLabels(pod);
  const offenses = hostNetwork === true && namespace !== 'host' ? ['hostNetwork'] : [];
  for (const { containerPort, protocol, hostPort } of ports) {
    const word = isMissing(protocol) || protocol === '' ? 'TCP' : protocol;
    const isReadable = isPort(containerPort) && ['TCP', 'UDP', 'SCTP'].some((one) => one === word);
    const bound = isMissing(hostPort) || hostPort === 0 ? undefined : hostPort;
    const isBound = bound !== undefined && isPort(bound);
    if (!isReadable || (bound !== undefined && !isBound) || (hostNetwork === true && isBound && bound !== containerPort)) continue;
    if (!isIn(ROWS, namespace, [containerPort, word], labels)) offenses.push(`${containerPort}/${word}`);
    if (hostNetwork !== true && isBound && !isIn(HOST_PORTS, namespace, [bound, word], labels)) {
      offenses.push(`${containerPort}/${word} on ${bound}`);
    }
  }
  return offenses;
}

function isIn(
  rows: readonly Row[],
  namespace: string,
  [port, protocol]: readonly [unknown, unknown],
  labels: ReadonlyMap<string, unknown>,
): boolean {
  if (modeOf(namespace).unlisted) return false;
  return rows.some(({ namespace: where, ports: [from, to, word], means }) => {
    const isHere = where === 'pr-' ? namespace.startsWith(where) : namespace === where;
    return isHere && word === protocol && Number(port) >= from && Number(port) <= to && means(labels);
  });
}
