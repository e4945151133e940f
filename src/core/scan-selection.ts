import type { PodState } from './cluster-state.ts';

/** Which pods can be scanned now, and why the others cannot. */
export interface ScanSelection {
  readonly scan: readonly PodState[];
  readonly skipped: readonly { readonly pod: PodState; readonly reason: string }[];
}

/**
 * Chooses the pods to scan: some container runs (an init container may listen as well, for as long as its owner likes, while the phase is
 * Pending), not being deleted, with an address of their own. A finished pod keeps its address in `status` while another one already has it
 * (kubernetes/kubernetes#109414), so two live pods that claim one are both left out, be the other one among `claimants` only (of a namespace
 * that nobody asks about). Pods on the host network share the sockets of their node: the first one of each node (by namespace and name)
 * stands for all.
 */
export function podsToScan(pods: readonly PodState[], claimants: readonly PodState[] = pods): ScanSelection {
  const ordered = [...pods].sort((a, b) => compareTexts(nameOf(a), nameOf(b)));
  const claims = countClaims(claimants.filter((pod) => !pod.hostNetwork && !hasEnded(pod)));
  const nodes = new Map<string, string>();
  const scan: PodState[] = [];
  const skipped: { pod: PodState; reason: string }[] = [];
  for (const pod of ordered) {
    const reason = whyNot(pod) ?? whyNotAlone(pod, claims) ?? whyNotOfNode(pod, nodes);
    if (reason !== undefined) skipped.push({ pod, reason });
    else {
      scan.push(pod);
      if (pod.hostNetwork) nodes.set(pod.nodeName, nameOf(pod));
    }
  }
  return { scan, skipped };
}

/** Names the sockets of a pod: a new uid, address or restart means others. The order of the addresses says nothing. */
export function podStateKey({ uid, restarts, addresses }: PodState): string {
  return [uid, restarts, ...[...addresses].sort()].join(' ');
}

/** Names the network of a pod, which a restart of its containers leaves as it is, with all policies that reached it. */
export function podPlaceKey({ uid, addresses }: PodState): string {
  return [uid, ...[...addresses].sort()].join(' ');
}

function whyNot(pod: PodState): string | undefined {
  if (pod.deleting) return 'it is being deleted';
  if (hasEnded(pod)) return `it has ended (${pod.phase})`;
  if (!pod.running) return 'no container of it runs yet';
  if (!['Pending', 'Running'].includes(pod.phase)) return `nothing is known of it (${pod.phase})`;
  return pod.addresses.length === 0 ? 'it has no address yet' : undefined;
}

function whyNotAlone(pod: PodState, claims: ReadonlyMap<string, number>): string | undefined {
  const shared = pod.hostNetwork ? undefined : pod.addresses.find((address) => (claims.get(address) ?? 0) > 1);
  return shared === undefined ? undefined : `another pod claims its address ${shared} as well`;
}

function whyNotOfNode(pod: PodState, nodes: ReadonlyMap<string, string>): string | undefined {
  const there = pod.hostNetwork ? nodes.get(pod.nodeName) : undefined;
  return there === undefined ? undefined : `it is on the host network: ${there} stands for its node`;
}

/** Whether it has finished: it may still show an address that another pod has by now. */
export function hasEnded({ phase }: PodState): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

function countClaims(pods: readonly PodState[]): Map<string, number> {
  const claims = new Map<string, number>();
  for (const address of pods.flatMap((pod) => [...new Set(pod.addresses)])) claims.set(address, (claims.get(address) ?? 0) + 1);
  return claims;
}

function nameOf({ namespace, name }: PodState): string {
  return `${namespace}/${name}`;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
