import { type AdmissionAnswer, type AdmissionRequest, denied } from '../admission.ts';
import { QUARANTINE_LABEL, SCHEDULING_GATE } from '../names.ts';
import type { ResolvedNamespace } from '../template/resolve.ts';
import type { Workload } from '../workload.ts';
import type { GateFacts } from './facts.ts';

/** A pod on its way in, and what it was before. */
export interface PodChange {
  readonly request: AdmissionRequest;
  readonly workload: Workload;
  readonly before: Workload | undefined;
  readonly namespace: ResolvedNamespace;
}

/**
 * The rules about our own marks on a pod, in a namespace of mode enforce: no pod runs before its policies exist, and only the controller
 * takes the scheduling gate or the quarantine label away. Undefined: nothing to object.
 */
export function podMarksAnswer(change: PodChange, facts: GateFacts): AdmissionAnswer | undefined {
  const { workload, namespace, request } = change;
  if (workload.kind !== 'Pod' || namespace.mode !== 'enforce' || workload.mirror) return undefined;
  if (facts.isController(request.userInfo.username)) return undefined;
  return change.before === undefined ? policiesInPlace(workload, facts) : marksKept(workload, change.before);
}

function policiesInPlace(workload: Workload, facts: GateFacts): AdmissionAnswer | undefined {
  if (workload.schedulingGates.includes(SCHEDULING_GATE) || facts.pairObserved(workload.namespace)) return undefined;
  return denied(
    'policies-not-in-place',
    `Pod ${workload.namespace}/${workload.name}: the policies of ${workload.namespace} are not in place yet, retry in a moment` +
      (workload.nodeName === '' ? '' : ' (a pod with nodeName cannot wait at a scheduling gate)'),
  );
}

function marksKept(workload: Workload, before: Workload): AdmissionAnswer | undefined {
  const who = `Pod ${workload.namespace}/${workload.name}`;
  if (before.schedulingGates.includes(SCHEDULING_GATE) && !workload.schedulingGates.includes(SCHEDULING_GATE)) {
    return denied(
      'gate-removed',
      `${who}: only Portcullis removes the scheduling gate ${SCHEDULING_GATE}; it does so once the policies of ${workload.namespace} are in place`,
    );
  }
  if (before.labels[QUARANTINE_LABEL] !== workload.labels[QUARANTINE_LABEL]) {
    return denied('quarantine-changed', `${who}: only Portcullis sets or removes the label ${QUARANTINE_LABEL}`);
  }
  return undefined;
}
