import { formatSelector, selects, selectsEverything } from '../selector.ts';
import { differentApps, samePorts } from './app-name.ts';
import type { WorkloadManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';
import { nameObjects } from './naming.ts';

export const labelsCollide: MisconfigurationClass = {
  code: 'labels-collide',
  severity: 'warning',
  summary:
    'Workloads of one namespace cannot be told apart by their labels. A Service, a NetworkPolicy or a rule of the template that means one opens the other too.',
  remedy: 'Give each workload a label of its own, such as app.kubernetes.io/component, and select by it.',
  find: (set: ManifestSet): Sighting[] => {
    const order = new Map(set.workloads.map((manifest, index) => [manifest, index]));
    const isEarlier = (a: WorkloadManifest, b: WorkloadManifest): boolean => (order.get(a) ?? 0) < (order.get(b) ?? 0);
    return set.workloads.flatMap((manifest) => [...overSelected(manifest, set, isEarlier), ...twins(manifest, set, isEarlier)]);
  },
};

type IsEarlier = (a: WorkloadManifest, b: WorkloadManifest) => boolean;

/** Its own selector selects pods of others. Where both select each other, the later one says it. */
function overSelected(manifest: WorkloadManifest, set: ManifestSet, isEarlier: IsEarlier): Sighting[] {
  const { selector, workload, custom } = manifest;
  if (custom || selector === undefined || selectsEverything(selector)) return [];
  const others = set.selected(workload.namespace, selector).filter((other) => {
    if (other.id === manifest.id || !collides(manifest, other)) return false;
    const mutual = other.selector !== undefined && selects(other.selector, workload.labels);
    return !mutual || isEarlier(other, manifest);
  });
  if (others.length === 0) return [];
  return [
    {
      manifest,
      path: ['spec', 'selector'],
      message: `its selector ${formatSelector(selector)} selects the pods of ${nameObjects(others)} too`,
      fix: FIX,
    },
  ];
}

/** Pods and Jobs have no selector of their own; alike they are no trouble as long as they declare the same ports. */
function twins(manifest: WorkloadManifest, set: ManifestSet, isEarlier: IsEarlier): Sighting[] {
  const { workload, custom } = manifest;
  if (custom || manifest.selector !== undefined || Object.keys(workload.labels).length === 0) return [];
  const others = set
    .selected(workload.namespace, { matchLabels: workload.labels })
    .filter(
      (other) =>
        other.id !== manifest.id &&
        other.selector === undefined &&
        isEarlier(other, manifest) &&
        equalLabels(manifest, other) &&
        !samePorts(manifest, other),
    );
  if (others.length === 0) return [];
  return [
    {
      manifest,
      path: [...workload.specPath.slice(0, -1), 'metadata', 'labels'],
      message: `has the labels of ${nameObjects(others)}, and declares other ports`,
      fix: FIX,
    },
  ];
}

const FIX = 'give each workload a label of its own, such as app.kubernetes.io/component, and select by it';

/** Equal labels always; else only what is not of one app, or opens other ports: a canary may share the label of its app. */
function collides(a: WorkloadManifest, b: WorkloadManifest): boolean {
  return equalLabels(a, b) || differentApps(a.workload.labels, b.workload.labels) || !samePorts(a, b);
}

function equalLabels(a: WorkloadManifest, b: WorkloadManifest): boolean {
  const [labels, others] = [a.workload.labels, b.workload.labels];
  return Object.keys(labels).length === Object.keys(others).length && selects({ matchLabels: labels }, others);
}
