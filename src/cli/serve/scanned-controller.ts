import type { Controller } from '../../app/controller.ts';
import type { ScanWatch } from '../../app/scan-watch.ts';
import { sameSpec } from '../../core/policy-spec.ts';
import type { ClusterView } from '../../ports.ts';

/** The same controller, which also tells the scan after admission of what changed. */
export function scannedController(controller: Controller, scans: ScanWatch | undefined, view: ClusterView): Controller {
  if (scans === undefined) return controller;
  return {
    ...controller,
    everythingChanged: () => {
      controller.everythingChanged();
      // Until the first template was accepted, nobody told of pods.
      offerPods(view, scans);
      scans.templateChanged();
    },
    policyChanged: (namespace, change) => {
      controller.policyChanged(namespace, change);
      const [old, now] = [change.old?.spec, change.now?.spec];
      if (old === undefined || now === undefined || !sameSpec(old, now)) scans.policiesChanged(namespace);
    },
    podChanged: (change) => {
      controller.podChanged(change);
      const pod = change.now ?? change.old;
      if (pod !== undefined) scans.podChanged(pod, change.now === undefined);
    },
  };
}

/** Every pod that is there, without haste. */
export function offerPods(view: ClusterView, scans: ScanWatch | undefined): void {
  for (const { name } of view.namespaces()) for (const pod of view.pods(name)) scans?.offer(pod);
}
