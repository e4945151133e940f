import { type AdmissionAnswer, type AdmissionRequest, allowed, denied } from '../core/admission.ts';
import { makeAuthority } from '../core/authority.ts';
import type { PodState } from '../core/cluster-state.ts';
import { allowedWithWarnings } from '../core/decide/answer.ts';
import { formatIssue } from '../core/document.ts';
import { TEMPLATE_CONFIGMAP, TEMPLATE_LABEL } from '../core/names.ts';
import type { ClusterFacts } from '../core/pair/peers.ts';
import { templateImpact } from '../core/template-impact.ts';
import { asRecord, textOf } from '../core/unknown.ts';
import type { TemplateGroup } from '../ports.ts';
import type { TemplateKeeper } from './template-keeper.ts';
import { NO_TEMPLATE, type ReadText, type RefusedGroup, takeTemplate } from './template-state.ts';

export interface TemplateEditParts {
  readonly keeper: Pick<TemplateKeeper, 'state' | 'authority'>;
  readonly read: ReadText;
  readonly ownNamespace: string;
  /** Absent: where `deploy/` puts the agents. */
  readonly agentNamespace?: string;
  /** The documents of a ConfigMap; undefined where it is none of the template's. */
  groupOf(configMap: unknown): TemplateGroup | undefined;
  /** The pods that run now. */
  runningPods(): readonly PodState[];
  cluster(): ClusterFacts;
}

/** How many errors an answer quotes: the API server shows the whole message, and a terminal has an end. */
const QUOTED_ISSUES = 20;

/**
 * Decides on an edit of a ConfigMap of the template, in Portcullis' own namespace: a bad one is refused with all its errors, a good one is
 * admitted with what it changes for running pods. The last document cannot be deleted, except with the whole namespace.
 */
export function decideTemplateEdit(request: AdmissionRequest, parts: TemplateEditParts): AdmissionAnswer {
  if (request.namespace !== parts.ownNamespace || !isTemplate(request)) return allowed('not-judged');
  // Taking the label off, or the name away, is like deleting it.
  const group = request.operation === 'DELETE' ? undefined : parts.groupOf(request.object);
  return group === undefined ? removal(request, parts) : edit(group, parts);
}

function isTemplate({ name, object, oldObject }: AdmissionRequest): boolean {
  return name === TEMPLATE_CONFIGMAP || [object, oldObject].some(bearsLabel);
}

function bearsLabel(object: unknown): boolean {
  return textOf(asRecord(asRecord(asRecord(object).metadata).labels)[TEMPLATE_LABEL]) === 'true';
}

function removal(request: AdmissionRequest, { keeper }: TemplateEditParts): AdmissionAnswer {
  const { accepted } = keeper.state();
  const left = accepted.filter(({ group }) => group.name !== request.name);
  if (accepted.length === 0 || left.length > 0 || isNamespaceController(request)) return allowed('template-removed');
  return denied(
    'template-last',
    `ConfigMap ${request.namespace}/${request.name} is the last document of the template: without it nothing would say what is permitted. Edit it, or remove Portcullis first`,
  );
}

function isNamespaceController({ userInfo }: AdmissionRequest): boolean {
  return userInfo.username === 'system:serviceaccount:kube-system:namespace-controller';
}

function edit(group: TemplateGroup, parts: TemplateEditParts): AdmissionAnswer {
  const before = parts.keeper.state();
  const others = before.accepted.map((accepted) => accepted.group).filter(({ name }) => name !== group.name);
  // Read against what is in force, but not against the edited group's own past: a bad edit must show.
  const next = takeTemplate(
    [...others, group],
    { ...NO_TEMPLATE, accepted: before.accepted.filter(({ group: { name } }) => name !== group.name) },
    parts.read,
  );
  const refused = next.refused.find(({ name }) => name === group.name) ?? next.refused[0];
  if (refused !== undefined) return denied('template-invalid', refusal(refused, before.template?.hash));
  const [old, after] = [parts.keeper.authority(), next.template];
  if (old === undefined || after === undefined) return allowed('template-edit');
  const impact = templateImpact({
    before: old,
    after: makeAuthority(after, parts.ownNamespace, parts.agentNamespace),
    pods: parts.runningPods(),
    cluster: parts.cluster(),
  });
  return allowedWithWarnings(
    'template-edit',
    impact.map((sentence) => `portcullis: ${sentence}`),
  );
}

function refusal({ issues }: RefusedGroup, hash: string | undefined): string {
  const more = issues.length > QUOTED_ISSUES ? [`  and ${issues.length - QUOTED_ISSUES} more`] : [];
  const stays = hash === undefined ? 'no template is in force yet' : `the last good one (${hash}) stays in force`;
  const count = issues.length === 1 ? 'an error' : `${issues.length} errors`;
  return [`the template has ${count}; ${stays}`, ...issues.slice(0, QUOTED_ISSUES).map((issue) => `  ${formatIssue(issue)}`), ...more].join(
    '\n',
  );
}
