import type { PodState } from '../core/cluster-state.ts';
import { podsToScan } from '../core/scan-selection.ts';

/** The pods that the scan was told of, and who shares what with whom. */
export interface PodRoster {
  /** Puts the pod in the place of what was there under its name; answers that, where there was something. */
  put(pod: PodState): PodState | undefined;
  remove(key: string): void;
  get(key: string): PodState | undefined;
  byUid(uid: string): PodState | undefined;
  all(): Iterable<PodState>;
  of(namespace: string): PodState[];
  /** The pods at an address of this one or, on the host network, on its node; without the pod itself. */
  rivals(pod: PodState): PodState[];
}

/** `namespace/name`. */
export function podKey({ namespace, name }: Pick<PodState, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** Why this pod of the roster cannot be scanned now; undefined where it can. `counts`: pods whose findings anybody wants to know. */
export function whyNotScanned(pod: PodState, roster: PodRoster, counts: (pod: PodState) => boolean): string | undefined {
  const rivals = roster.rivals(pod).filter((rival) => !rival.hostNetwork || counts(rival));
  return podsToScan([pod, ...rivals]).skipped.find((skip) => skip.pod === pod)?.reason;
}

/** No pod yet. */
export function makePodRoster(): PodRoster {
  const pods = new Map<string, PodState>();
  const keyOfUid = new Map<string, string>();
  const groups = new Map<string, Set<string>>();
  const members = (group: string) => [...(groups.get(group) ?? [])].flatMap((key) => pods.get(key) ?? []);
  const remove = (key: string) => {
    const pod = pods.get(key);
    if (pod === undefined) return;
    pods.delete(key);
    if (keyOfUid.get(pod.uid) === key) keyOfUid.delete(pod.uid);
    for (const group of groupsOf(pod)) leave(groups, group, key);
  };
  return {
    put: (pod) => {
      const key = podKey(pod);
      const before = pods.get(key);
      remove(key);
      pods.set(key, pod);
      keyOfUid.set(pod.uid, key);
      for (const group of groupsOf(pod)) groups.set(group, (groups.get(group) ?? new Set()).add(key));
      return before;
    },
    remove,
    get: (key) => pods.get(key),
    byUid: (uid) => pods.get(keyOfUid.get(uid) ?? ''),
    all: () => pods.values(),
    of: (namespace) => members(`namespace ${namespace}`),
    rivals: (pod) => {
      const shared = groupsOf(pod).filter((group) => !group.startsWith('namespace '));
      return [...new Set(shared.flatMap(members))].filter((rival) => podKey(rival) !== podKey(pod));
    },
  };
}

/** Pods on the host network share the addresses of their node by right. */
function groupsOf({ namespace, hostNetwork, nodeName, addresses }: PodState): string[] {
  return [`namespace ${namespace}`, ...(hostNetwork ? [`node ${nodeName}`] : addresses.map((address) => `address ${address}`))];
}

function leave(groups: Map<string, Set<string>>, group: string, key: string): void {
  const keys = groups.get(group);
  keys?.delete(key);
  if (keys?.size === 0) groups.delete(group);
}
