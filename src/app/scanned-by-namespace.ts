import type { PodState } from '../core/cluster-state.ts';
import type { ScannedPod } from '../core/scanned-pod.ts';

/** The last results, by namespace and uid. */
export interface ScannedByNamespace {
  put(scanned: ScannedPod): void;
  remove(pod: PodState): void;
  of(namespace: string): readonly ScannedPod[];
  /** Those with a result. */
  namespaces(): string[];
}

/** Nothing scanned yet. */
export function scannedByNamespace(): ScannedByNamespace {
  const byNamespace = new Map<string, Map<string, ScannedPod>>();
  return {
    put(scanned) {
      const { namespace, uid } = scanned.pod;
      const there = byNamespace.get(namespace) ?? new Map<string, ScannedPod>();
      byNamespace.set(namespace, there.set(uid, scanned));
    },
    remove({ namespace, uid }) {
      const there = byNamespace.get(namespace);
      if (there?.delete(uid) && there.size === 0) byNamespace.delete(namespace);
    },
    of: (namespace) => [...(byNamespace.get(namespace)?.values() ?? [])],
    namespaces: () => [...byNamespace.keys()],
  };
}
