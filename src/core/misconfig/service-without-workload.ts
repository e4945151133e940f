import { nearestWord } from '../nearest.ts';
import { formatSelector, type Labels } from '../selector.ts';
import type { ServiceManifest, WorkloadManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';
import { servicePods } from './service-pods.ts';

/** A note, since the workload may lie in other files; a warning where a workload that no Service leads to has nearly the labels. */
export const serviceWithoutWorkload: MisconfigurationClass = {
  code: 'service-without-workload',
  severity: 'warning',
  summary: 'No workload among the files has the labels that the Service selects. Whoever can make pods with them receives its traffic.',
  remedy: 'Correct the selector, or give the files of the workload as well.',
  find: (set: ManifestSet): Sighting[] => {
    const led = new Set(set.services.flatMap(({ service }) => servicePods(service, set)));
    return set.services.flatMap((manifest) => {
      const { service } = manifest;
      if (service.selector === undefined || servicePods(service, set).length > 0) return [];
      return [sighting(manifest, service.selector, nearlySelected(service.selector, strays(service.namespace, set, led)))];
    });
  },
};

/** The workloads of the namespace that no Service leads to: one that has its own Service is not what was meant. */
function strays(namespace: string, set: ManifestSet, led: ReadonlySet<WorkloadManifest>): WorkloadManifest[] {
  return set.workloads.filter((manifest) => manifest.workload.namespace === namespace && !led.has(manifest));
}

interface Near {
  readonly manifest: WorkloadManifest;
  readonly key: string;
  readonly value: string;
}

/** A workload that has every selected label but one, whose value looks like a slip of the pen. */
function nearlySelected(selector: Labels, candidates: readonly WorkloadManifest[]): Near | undefined {
  for (const manifest of candidates) {
    const { labels } = manifest.workload;
    const [missed, ...more] = Object.entries(selector).filter(([key, value]) => labels[key] !== value);
    if (missed === undefined || more.length > 0) continue;
    const [key, wanted] = missed;
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (value !== undefined && nearestWord(wanted, [value]) === value) return { manifest, key, value };
  }
  return undefined;
}

function sighting(manifest: ServiceManifest, selector: Labels, near: Near | undefined): Sighting {
  const nobody = `no workload among these files has the labels ${formatSelector({ matchLabels: selector })}`;
  if (near === undefined) {
    const fix = 'give the files of the workload as well, or correct the selector';
    return { manifest, path: ['spec', 'selector'], message: nobody, fix, severity: 'note' };
  }
  const { key, value } = near;
  return {
    manifest,
    path: ['spec', 'selector', key],
    message: `${nobody}; ${near.manifest.id} has ${key}=${value}`,
    fix: `write ${key}: ${value}`,
  };
}
