import { type AdmissionAnswer, type AdmissionRequest, allowed, denied } from '../admission.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, POLICY_PREFIX } from '../names.ts';
import { readNetworkPolicy } from '../pair/read.ts';
import { wideningsOf } from '../pair/widening.ts';
import { policyPair } from '../policy-pair.ts';
import type { ResolvedNamespace } from '../template/resolve.ts';
import { isRecord } from '../unknown.ts';
import { allowedWithWarnings } from './answer.ts';
import type { GateFacts } from './facts.ts';
import { isBeingDeleted, labelsIn, nameOf } from './metadata.ts';

/** Decides on a NetworkPolicy: ours are changed by the controller only; one of a tenant that widens what the pair permits is pointed out. */
export function decideNetworkPolicy(request: AdmissionRequest, facts: GateFacts): AdmissionAnswer {
  const namespace = facts.authority.namespace(request.namespace);
  if (namespace.mode === 'off') return allowed(namespace.exempt ? 'exempt' : 'off');
  if (facts.isController(request.userInfo.username)) return allowed('controller');
  if (isBeingDeleted(request)) return allowed('deleting');
  const mark = ourMark(request);
  if (mark !== undefined) return protectedPolicy(mark, request, { namespace, facts });
  return request.operation === 'DELETE' ? allowed('tenant-policy') : tenantPolicy(request, facts);
}

/** What makes the policy ours, before or after: a tenant may neither touch ours nor pass one off as ours. */
function ourMark(request: AdmissionRequest): string | undefined {
  if (nameOf(request).startsWith(POLICY_PREFIX)) return `names ${POLICY_PREFIX}* are`;
  const labeled = [request.object, request.oldObject].some((object) => labelsIn(object)[MANAGED_BY_LABEL] === MANAGED_BY);
  return labeled ? `the label ${MANAGED_BY_LABEL}=${MANAGED_BY} is` : undefined;
}

interface Surroundings {
  readonly namespace: ResolvedNamespace;
  readonly facts: GateFacts;
}

function protectedPolicy(mark: string, request: AdmissionRequest, { namespace, facts }: Surroundings): AdmissionAnswer {
  // A refused delete would leave the namespace Terminating for ever.
  if (request.operation === 'DELETE' && facts.terminating(request.namespace)) return allowed('terminating');
  // The policy that somebody had under our name before we came is in the way of the pair (case 16): it must be possible to remove it.
  if (request.operation === 'DELETE' && isForeign(request.oldObject)) return allowed('foreign-policy-removed');
  const message = `NetworkPolicy ${request.namespace}/${nameOf(request)}: ${mark} Portcullis' own; change the template instead`;
  if (namespace.mode === 'enforce' && facts.policiesManaged) return denied('policy-protected', message);
  return allowed('audit-policy-protected', [`portcullis ${namespace.mode}: ${message}`]);
}

/** Seen, and without our label; what an old API server did not send may be ours. */
function isForeign(object: unknown): boolean {
  return isRecord(object) && labelsIn(object)[MANAGED_BY_LABEL] !== MANAGED_BY;
}

function tenantPolicy(request: AdmissionRequest, facts: GateFacts): AdmissionAnswer {
  const policy = readNetworkPolicy(request.object, request.namespace);
  if (policy === undefined) return allowed('tenant-policy');
  const widenings = wideningsOf(policy, policyPair(request.namespace, facts.authority, facts.cluster));
  const who = `NetworkPolicy ${request.namespace}/${nameOf(request)}`;
  return allowedWithWarnings(
    widenings.length > 0 ? 'tenant-policy-widens' : 'tenant-policy',
    widenings.map((widening) => `portcullis: ${who} ${widening}, which the template does not permit`),
  );
}
