import { type AdmissionAnswer, type AdmissionRequest, allowed, denied, invalid } from '../admission.ts';
import { addedViolations, type CheckInput, type Violation, violationsOf } from '../checks.ts';
import { auditWarnings, denialMessage } from '../denial.ts';
import { printable } from '../printable.ts';
import type { ResolvedNamespace } from '../template/resolve.ts';
import { lastAuditWarning } from '../why.ts';
import { declaredPorts, isWorkloadKind, type Workload, workloadKindOf } from '../workload.ts';
import { readWorkload, type WorkloadReading } from '../workload-reading.ts';
import { allowedWithWarnings, notValid } from './answer.ts';
import type { GateFacts } from './facts.ts';
import { isBeingDeleted } from './metadata.ts';
import { dyingPodAnswer, podMarksAnswer } from './pod-marks.ts';

/** The group of every kubelet (Kubernetes: Using Node Authorization). */
const NODES_GROUP = 'system:nodes';

/** Decides on a Pod or on the pod template of a workload, at CREATE and UPDATE. */
export function decideWorkload(request: AdmissionRequest, facts: GateFacts): AdmissionAnswer {
  const namespace = facts.authority.namespace(request.namespace);
  if (namespace.mode === 'off') return allowed(namespace.exempt ? 'exempt' : 'off');
  const misfit = misfitOf(request);
  if (misfit !== undefined) return invalid(misfit);
  const { workload, faults } = readRequested(request);
  const before =
    request.operation === 'UPDATE' ? readWorkload(request.kind.kind, request.oldObject, request.namespace).workload : undefined;
  const change = { request, workload, before, namespace };
  if (isBeingDeleted(request)) return dyingPodAnswer(change, facts) ?? allowed('deleting');
  if (request.object === null) return invalid(`${workload.kind} ${workload.namespace}/${request.name}: the review carries no object`);
  if (faults.length > 0) return notValid(`${workload.kind} ${workload.namespace}/${workload.name}`, faults);
  const violations = newViolations({ workload, authority: facts.authority, namespace }, before);
  if (violations.length === 0) return podMarksAnswer(change, facts) ?? admitted(workload, namespace);
  return refused({ workload, authority: facts.authority, namespace }, violations);
}

/** No API server sends one kind under the resource of another: its ports would be looked for where they are not. */
function misfitOf({ kind: { group, kind }, resource }: AdmissionRequest): string | undefined {
  const expected = workloadKindOf(resource.group, resource.resource);
  if (expected === undefined || (isWorkloadKind(group, kind) && kind === expected)) return undefined;
  return `the review says that an object of ${resource.resource} is of kind ${printable(kind)}`;
}

/** A pod that claims to be the mirror of a static pod is one only where a kubelet says so: anybody may write the annotation. */
function readRequested(request: AdmissionRequest): WorkloadReading {
  const reading = readWorkload(request.kind.kind, request.object, request.namespace);
  if (!reading.workload.mirror || request.userInfo.groups.includes(NODES_GROUP)) return reading;
  return { ...reading, workload: { ...reading.workload, mirror: false } };
}

/** What nobody refuses but everybody should know: ports that no NetworkPolicy covers. */
export function noticesOf(workload: Workload): string[] {
  const who = `${workload.kind} ${workload.namespace}/${workload.name}`;
  if (workload.hostNetwork) return [`portcullis: ${who} uses hostNetwork: network policies do not apply to this pod`];
  const hostPorts = declaredPorts(workload).flatMap(({ declared }) => (declared.hostPort === undefined ? [] : [declared.hostPort]));
  return [...new Set(hostPorts)].map((hostPort) => `portcullis: ${who}: hostPort ${hostPort} opens a port on the node`);
}

function newViolations(input: CheckInput, before: Workload | undefined): Violation[] {
  const after = violationsOf(input);
  return before === undefined || after.length === 0 ? after : addedViolations(violationsOf({ ...input, workload: before }), after);
}

function admitted(workload: Workload, namespace: ResolvedNamespace): AdmissionAnswer {
  if (workload.kind === 'Pod' && workload.mirror && namespace.mode === 'enforce') {
    return allowedWithWarnings('mirror', [
      `portcullis: Pod ${workload.namespace}/${workload.name} is a static pod: the kubelet runs it whatever the template says`,
      ...noticesOf(workload),
    ]);
  }
  return allowedWithWarnings('authorized', noticesOf(workload));
}

function refused(input: CheckInput, violations: readonly Violation[]): AdmissionAnswer {
  const reason = violations[0]?.code ?? 'port-not-authorized';
  // The kubelet runs a static pod anyway: refusing its mirror would only hide it.
  if (input.namespace.mode === 'enforce' && !input.workload.mirror) return denied(reason, denialMessage(input, violations));
  const last = input.workload.mirror ? 'a static pod cannot be refused' : 'mode enforce would refuse this';
  const warnings = auditWarnings(input, violations);
  const shown = warnings.length <= 7 ? warnings : [...warnings.slice(0, 6), `portcullis audit: and ${warnings.length - 6} more`];
  return allowed(`audit-${reason}`, [...shown, lastAuditWarning(last, input.namespace.origin, input.workload)]);
}
