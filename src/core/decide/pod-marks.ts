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
 * The rules about our own marks, in a namespace of mode enforce: no pod runs before its policies exist, only the controller takes the
 * scheduling gate away, and only he sets the quarantine label or takes it off. Undefined: nothing to object.
 */
export function podMarksAnswer(change: PodChange, facts: GateFacts): AdmissionAnswer | undefined {
  const { workload, before, namespace, request } = change;
  if (namespace.mode !== 'enforce' || workload.mirror || facts.isController(request.userInfo.username)) return undefined;
  const quarantine = quarantineKept(workload, before);
  if (quarantine !== undefined || workload.kind !== 'Pod') return quarantine;
  return before === undefined ? policiesInPlace(workload, facts) : gateKept(workload, before);
}

/**
 * The rule about a pod that is being deleted: it may run on for as long as its grace period, which its owner chooses, so that what shuts it
 * off stays. Everything else passes, or its finalizers would hold it for ever. Undefined: nothing to object.
 */
export function dyingPodAnswer({ workload, before, namespace, request }: PodChange, facts: GateFacts): AdmissionAnswer | undefined {
  if (workload.kind !== 'Pod' || namespace.mode !== 'enforce' || facts.isController(request.userInfo.username)) return undefined;
  return quarantineKept(workload, before);
}

/** Nobody brings the label along, on a pod or in a template of pods, so that it always means what Portcullis found. A template may lose it. */
function quarantineKept(workload: Workload, before: Workload | undefined): AdmissionAnswer | undefined {
  const [old, now] = [before?.labels[QUARANTINE_LABEL], workload.labels[QUARANTINE_LABEL]];
  if (old === now || (now === undefined && workload.kind !== 'Pod')) return undefined;
  const who = `${workload.kind} ${workload.namespace}/${workload.name}`;
  return denied('quarantine-changed', `${who}: only Portcullis sets or removes the label ${QUARANTINE_LABEL}`);
}

function policiesInPlace(workload: Workload, facts: GateFacts): AdmissionAnswer | undefined {
  if (workload.schedulingGates.includes(SCHEDULING_GATE) || facts.pairObserved(workload.namespace)) return undefined;
  return denied(
    'policies-not-in-place',
    `Pod ${workload.namespace}/${workload.name}: the policies of ${workload.namespace} are not in place yet, retry in a moment` +
      (workload.nodeName === '' ? '' : ' (a pod with nodeName cannot wait at a scheduling gate)'),
  );
}

function gateKept(workload: Workload, before: Workload): AdmissionAnswer | undefined {
  const who = `Pod ${workload.namespace}/${workload.name}`;
  if (before.schedulingGates.includes(SCHEDULING_GATE) && !workload.schedulingGates.includes(SCHEDULING_GATE)) {
    return denied(
      'gate-removed',
      `${who}: only Portcullis removes the scheduling gate ${SCHEDULING_GATE}; it does so once the policies of ${workload.namespace} are in place`,
    );
  }
  return undefined;
}
