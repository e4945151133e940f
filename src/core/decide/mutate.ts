import { type AdmissionAnswer, type AdmissionRequest, allowed, type JsonPatch } from '../admission.ts';
import { GATE_LABEL, SCHEDULING_GATE } from '../names.ts';
import { asRecord } from '../unknown.ts';
import { readWorkload } from '../workload-reading.ts';
import type { GateFacts } from './facts.ts';
import { labelsIn } from './metadata.ts';

/**
 * The mutating hook: a pod of an enforced namespace whose pair was not observed yet waits at our scheduling gate; a foreign label that
 * claims there is nothing to mutate is taken off a new namespace. Idempotent. It is comfort: the validating hook is the guarantee.
 */
export function mutate(request: AdmissionRequest, facts: GateFacts): AdmissionAnswer {
  if (request.operation !== 'CREATE' || request.subResource !== '') return allowed('unchanged');
  switch (request.resource.resource) {
    case 'pods':
      return gatePod(request, facts);
    case 'namespaces':
      return stripGateLabel(request, facts);
    default:
      return allowed('unchanged');
  }
}

function gatePod(request: AdmissionRequest, facts: GateFacts): AdmissionAnswer {
  const { mode } = facts.authority.namespace(request.namespace);
  if (mode !== 'enforce' || facts.pairObserved(request.namespace)) return allowed('unchanged');
  const { workload } = readWorkload('Pod', request.object, request.namespace);
  // The API server refuses a gate on a pod that has its node already; such a pod is told to retry by the validating hook.
  if (workload.nodeName !== '' || workload.mirror || workload.schedulingGates.includes(SCHEDULING_GATE)) return allowed('unchanged');
  const gate = { name: SCHEDULING_GATE };
  const patch: JsonPatch = Array.isArray(asRecord(asRecord(request.object).spec).schedulingGates)
    ? [{ op: 'add', path: '/spec/schedulingGates/-', value: gate }]
    : [{ op: 'add', path: '/spec/schedulingGates', value: [gate] }];
  return { ...allowed('gated'), patch };
}

function stripGateLabel(request: AdmissionRequest, facts: GateFacts): AdmissionAnswer {
  if (!Object.hasOwn(labelsIn(request.object), GATE_LABEL) || facts.isController(request.userInfo.username)) return allowed('unchanged');
  const patch: JsonPatch = [{ op: 'remove', path: `/metadata/labels/${GATE_LABEL.replace('/', '~1')}` }];
  return {
    ...allowed('gate-label-stripped', [`portcullis: the label ${GATE_LABEL} was taken off: only Portcullis sets it`]),
    patch,
  };
}
