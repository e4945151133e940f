import { type AdmissionAnswer, type AdmissionRequest, allowed, denied } from '../admission.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, POLICY_PREFIX } from '../names.ts';
import { readNetworkPolicy } from '../pair/read.ts';
import { wideningsOf } from '../pair/widening.ts';
import { policyPair } from '../policy-pair.ts';
import type { ResolvedNamespace } from '../template/resolve.ts';
import { allowedWithWarnings } from './answer.ts';
import type { GateFacts } from './facts.ts';
import { isBeingDeleted, labelsIn, nameIn, nameOf } from './metadata.ts';

/** Decides on a NetworkPolicy: ours are changed by the controller only; one of a tenant that widens what the pair permits is pointed out. */
export function decideNetworkPolicy(request: AdmissionRequest, facts: GateFacts): AdmissionAnswer {
  const namespace = facts.authority.namespace(request.namespace);
  if (namespace.mode === 'off') return allowed(namespace.exempt ? 'exempt' : 'off');
  if (facts.isController(request.userInfo.username)) return allowed('controller');
  if (isBeingDeleted(request)) return allowed('deleting');
  if (request.name.startsWith(POLICY_PREFIX) || [request.object, request.oldObject].some(isProtected))
    return protectedPolicy(request, namespace, facts);
  return request.operation === 'DELETE' ? allowed('tenant-policy') : tenantPolicy(request, facts);
}

/** By name or by label: a tenant may neither touch ours nor pass one off as ours. */
function isProtected(object: unknown): boolean {
  return nameIn(object).startsWith(POLICY_PREFIX) || labelsIn(object)[MANAGED_BY_LABEL] === MANAGED_BY;
}

function protectedPolicy(request: AdmissionRequest, namespace: ResolvedNamespace, facts: GateFacts): AdmissionAnswer {
  // A refused delete would leave the namespace Terminating for ever.
  if (request.operation === 'DELETE' && facts.terminating(request.namespace)) return allowed('terminating');
  const message = `NetworkPolicy ${request.namespace}/${nameOf(request)} is Portcullis' own (by its name ${POLICY_PREFIX}* or label ${MANAGED_BY_LABEL}=${MANAGED_BY}); change the template instead`;
  if (namespace.mode === 'enforce' && facts.policiesManaged) return denied('policy-protected', message);
  return allowed('audit-policy-protected', [`portcullis ${namespace.mode}: ${message}`]);
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
