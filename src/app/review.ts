import { type AdmissionAnswer, type AdmissionRequest, allowed, invalid } from '../core/admission.ts';
import { withTemplateHash } from '../core/decide/answer.ts';
import { decideBinding, isBinding } from '../core/decide/binding.ts';
import type { GateFacts } from '../core/decide/facts.ts';
import { mutate } from '../core/decide/mutate.ts';
import { decideNamespace } from '../core/decide/namespace.ts';
import { decideNetworkPolicy } from '../core/decide/network-policy.ts';
import { decideWorkload } from '../core/decide/workload.ts';
import { isWorkloadKind, workloadKindOf } from '../core/workload.ts';

/** The two admission hooks as functions from a request to an answer. */
export interface Review {
  validate(request: AdmissionRequest): AdmissionAnswer;
  mutate(request: AdmissionRequest): AdmissionAnswer;
}

export interface ReviewParts {
  /** What is known now; undefined: no template was ever accepted. */
  facts(): GateFacts | undefined;
  /** Decides on an edit of the template's ConfigMaps; it needs no accepted template. */
  templateEdit(request: AdmissionRequest): AdmissionAnswer;
}

/** Wires the decisions to the resources that they are about. Anything else is admitted as `not-judged`. */
export function makeReview({ facts, templateEdit }: ReviewParts): Review {
  return {
    validate: (request) =>
      request.resource.resource === 'configmaps' ? templateEdit(request) : withFacts(facts(), (known) => decide(request, known)),
    mutate: (request) => withFacts(facts(), (known) => mutate(request, known)),
  };
}

function withFacts(facts: GateFacts | undefined, answer: (facts: GateFacts) => AdmissionAnswer): AdmissionAnswer {
  if (facts === undefined) return NO_TEMPLATE;
  return withTemplateHash(answer(facts), facts.authority.template.hash);
}

/** Never taken for an empty template (case 22): without a template nobody knows what is permitted. */
const NO_TEMPLATE: AdmissionAnswer = {
  allowed: false,
  reason: 'no-template',
  code: 500,
  message: 'Portcullis has no template yet: none was ever accepted (see the ConfigMap portcullis-template and the log of Portcullis)',
  warnings: [],
  auditAnnotations: {},
};

function decide(request: AdmissionRequest, facts: GateFacts): AdmissionAnswer {
  const { group, kind } = request.kind;
  if (request.resource.resource === 'networkpolicies') return inNamespace(request, facts, decideNetworkPolicy);
  if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return allowed('not-judged');
  if (isBinding(request)) return inNamespace(request, facts, decideBinding);
  if (request.subResource === 'ephemeralcontainers') return allowed('ephemeral-container');
  if (!mayChangeLabels(request)) return allowed('not-judged');
  if (request.resource.resource === 'namespaces') return decideNamespace(request, facts);
  const carriesPods = isWorkloadKind(group, kind) || workloadKindOf(request.resource.group, request.resource.resource) !== undefined;
  return carriesPods ? inNamespace(request, facts, decideWorkload) : allowed('not-judged');
}

type Decision = (request: AdmissionRequest, facts: GateFacts) => AdmissionAnswer;

/** A review that does not say where its object goes is never read as one about a namespace that no document lists. */
function inNamespace(request: AdmissionRequest, facts: GateFacts, decision: Decision): AdmissionAnswer {
  if (request.namespace !== '' || request.operation === 'DELETE') return decision(request, facts);
  return invalid(`the review of ${request.resource.resource} names no namespace`);
}

/**
 * The object itself, and the subresources by which the API server lets its labels be changed (Kubernetes: podStatusStrategy,
 * namespaceStatusStrategy and namespaceFinalizeStrategy take metadata over; that of pods/resize does not).
 */
function mayChangeLabels({ resource: { resource }, subResource }: AdmissionRequest): boolean {
  return subResource === '' || LABEL_PATHS.has(`${resource}/${subResource}`);
}

const LABEL_PATHS: ReadonlySet<string> = new Set(['pods/status', 'namespaces/status', 'namespaces/finalize']);
