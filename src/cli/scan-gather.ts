import { readManifests } from '../adapters/files/manifests.ts';
import { localSockets } from '../adapters/proc/local-sockets.ts';
import { readDocuments } from '../adapters/yaml/read.ts';
import { inTurn } from '../app/in-turn.ts';
import type { ScanParts } from '../app/scan.ts';
import type { Authority } from '../core/authority.ts';
import type { PodState } from '../core/cluster-state.ts';
import { formatIssue, toValue } from '../core/document.ts';
import { podsToScan, type ScanSelection } from '../core/scan-selection.ts';
import { type ScanSubject, scanSubject } from '../core/scan-subject.ts';
import { asRecord, textFields, textOf } from '../core/unknown.ts';
import type { ClusterView, Scanner, SocketSource } from '../ports.ts';
import { CommandError, EXIT } from './exit-code.ts';
import type { LocalTarget, Scope } from './scan-words.ts';

/** What is to be scanned, and by which means. */
export interface Gathered {
  readonly subjects: readonly ScanSubject[];
  readonly skipped: ScanSelection['skipped'];
  readonly parts: ScanParts;
  /** Every namespace in question. */
  readonly namespaces: readonly string[];
}

/** The pods of a cluster that are meant; those of exempt namespaces never are. */
export function gatherCluster(view: ClusterView, authority: Authority, { only, means, reread }: ClusterScan): Gathered {
  const namespaces = view
    .namespaces()
    .map(({ name }) => name)
    .filter((name) => only.namespace === undefined || name === only.namespace)
    .sort();
  const podsIn = (names: readonly string[]) => names.flatMap((name) => [...view.pods(name)]);
  const { scan, skipped } = podsToScan(
    podsIn(namespaces.filter((name) => !authority.namespace(name).exempt)),
    podsIn(view.namespaces().map(({ name }) => name)),
  );
  const isMeant = ({ name }: PodState) => only.pod === undefined || name === only.pod;
  return {
    namespaces,
    skipped: skipped.filter(({ pod }) => isMeant(pod)),
    subjects: scan.filter(isMeant).map((pod) => scanSubject(pod, authority)),
    parts: { ...means, reread, sweeps: inTurn() },
  };
}

export interface ClusterScan {
  readonly only: Scope;
  readonly means: Pick<ScanParts, 'scanner' | 'sockets'>;
  readonly reread: ScanParts['reread'];
}

/** Pods that run as processes of this machine or at addresses that somebody names. */
export async function gatherLocal(
  targets: readonly LocalTarget[],
  authority: Authority,
  options: { readonly manifests: readonly string[]; readonly scanner: { readonly scanner?: Scanner } },
): Promise<Gathered> {
  const objects = await podObjects(options.manifests);
  const pods = targets.map((target) => localPod(target, objects.get(`${target.namespace}/${target.name}`)));
  const byName = new Map(pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
  const sockets = targets.some(({ pid }) => pid !== undefined) ? { sockets: localTargetSockets(targets) } : {};
  return {
    namespaces: [...new Set(targets.map(({ namespace }) => namespace))].sort(),
    skipped: [],
    subjects: pods.map((pod) => scanSubject(pod, authority)),
    parts: {
      ...options.scanner,
      ...sockets,
      reread: async ({ pod }) => scanSubject(byName.get(`${pod.namespace}/${pod.name}`) ?? pod, authority),
      sweeps: inTurn(),
    },
  };
}

/** The sockets of those targets whose process is known. */
export function localTargetSockets(targets: readonly LocalTarget[]): SocketSource {
  return localSockets({
    pids: (pod) =>
      targets.flatMap(({ namespace, name, pid }) => (pid !== undefined && namespace === pod.namespace && name === pod.name ? [pid] : [])),
  });
}

/** The Pods of the manifests, by namespace and name. A CommandError with every issue: without its labels a pod would be judged wrongly. */
async function podObjects(paths: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
  const read = (await readManifests(paths)).map((file) =>
    'source' in file ? readDocuments(file.source) : { documents: [], issues: [file.issue] },
  );
  const issues = read.flatMap((file) => file.issues);
  if (issues.length > 0)
    throw new CommandError(EXIT.usage, ['the manifests cannot be read', ...issues.map((issue) => `  ${formatIssue(issue)}`)].join('\n'));
  const documents = read.flatMap((file) => file.documents);
  return new Map(
    documents.map(toValue).flatMap((value) => {
      const { kind, metadata } = asRecord(value);
      const { namespace, name } = asRecord(metadata);
      return kind === 'Pod' ? [[`${textOf(namespace) || 'default'}/${textOf(name)}`, value] as const] : [];
    }),
  );
}

/** A pod as a cluster would show it. */
export function localPod({ namespace, name, address }: LocalTarget, object: unknown): PodState {
  const metadata = asRecord(asRecord(object).metadata);
  return {
    namespace,
    name,
    uid: `${namespace}/${name}`,
    labels: textFields(metadata.labels),
    phase: 'Running',
    deleting: false,
    hostNetwork: false,
    nodeName: '',
    addresses: [address],
    schedulingGates: [],
    restarts: 0,
    running: true,
    object: object ?? { metadata: { name }, spec: { containers: [] } },
  };
}
