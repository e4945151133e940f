/** To which pod a process belongs, by its control group: the one thing about it that everybody may read (cgroups(7), /proc/PID/cgroup). */

/** The pod and the container of a process. */
export interface PodCgroup {
  /** As the kubelet calls it: of a static pod the hash of its file, which the API's mirror pod has in `kubernetes.io/config.mirror`. */
  readonly pod: string;
  /** The id of the runtime; the sandbox of the pod is a container as well. */
  readonly container: string;
}

/** A UUID, with underscores in the names of systemd, or the MD5 hash that the kubelet gives to a static pod (pkg/kubelet/config/common.go). */
const POD_UID = '[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32}';

/** `pod<uid>` of the driver cgroupfs, `kubepods-burstable-pod<uid>.slice` of systemd (pkg/kubelet/cm/cgroup_manager_linux.go). */
const POD = `(?:[^/]*-)?pod(${POD_UID})(?:\\.slice)?`;

/**
 * Containers alone: `crio-conmon-<id>` and the like stand in the pod's group too, but in the network of the node. The colons are those of a
 * runtime that does not use the kubelet's driver (`<slice>:cri-containerd:<id>` as one name).
 */
const CONTAINER = '(?:(?:cri-containerd|crio|docker|libpod)[-:])?([0-9a-f]{64})(?:\\.scope)?';

/** Groups below a container are of the container. The kernel marks a removed group by ` (deleted)`. */
const PATH = new RegExp(`/${POD}[/:]${CONTAINER}(?=/|$| \\(deleted\\)$)`, 'g');

/**
 * The pod of a process, from the text of its /proc/PID/cgroup; undefined for what is in no container of a pod. Both versions of cgroups, below
 * any parent (a node that is a container itself, `..` as seen from another cgroup namespace); of pods within pods the innermost.
 */
export function podOfCgroup(text: string): PodCgroup | undefined {
  // Nearly every process of a node that is no pod's ends here.
  if (!text.includes('pod')) return undefined;
  for (const line of text.split('\n')) {
    const found = [...pathOf(line).matchAll(PATH)].at(-1);
    const [, pod, container] = found ?? [];
    if (pod !== undefined && container !== undefined) return { pod: pod.replaceAll('_', '-'), container };
  }
  return undefined;
}

/** Behind `hierarchy:controllers:`; the path may hold colons itself. */
function pathOf(line: string): string {
  return /^\d+:[^:]*:(.*)$/.exec(line)?.[1] ?? '';
}
