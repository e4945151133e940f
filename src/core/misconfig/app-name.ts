import { formatPort } from '../port.ts';
import type { Labels } from '../selector.ts';
import type { WorkloadManifest } from './manifest.ts';
import { servingPorts } from './service-target.ts';

/** The labels by which people name an app, the most usual first. */
const NAMING_LABELS = ['app.kubernetes.io/name', 'app', 'k8s-app', 'name'];

/** Whether both say which app they are, and say different ones. */
export function differentApps(a: Labels, b: Labels): boolean {
  const key = NAMING_LABELS.find((label) => Object.hasOwn(a, label) && Object.hasOwn(b, label));
  return key !== undefined && a[key] !== b[key];
}

/** Whether both declare the same ports: a canary, a copy for another zone. What is faulty is not known, so never different. */
export function samePorts(a: WorkloadManifest, b: WorkloadManifest): boolean {
  return a.faulty || b.faulty || portList(a) === portList(b);
}

/** Made once for each workload: of many that are alike, each is compared with each. */
const PORT_LISTS = new WeakMap<WorkloadManifest, string>();

function portList(manifest: WorkloadManifest): string {
  const known = PORT_LISTS.get(manifest);
  if (known !== undefined) return known;
  const list = [...new Set(servingPorts(manifest.workload).map(({ port }) => formatPort(port)))].sort().join();
  PORT_LISTS.set(manifest, list);
  return list;
}
