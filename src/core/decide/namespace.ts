import { type AdmissionAnswer, type AdmissionRequest, allowed, denied } from '../admission.ts';
import { GATE_LABEL } from '../names.ts';
import { flowText } from '../template/flow.ts';
import type { ResolvedNamespace } from '../template/resolve.ts';
import type { GateFacts } from './facts.ts';
import { isBeingDeleted, labelsIn, nameOf } from './metadata.ts';

/** Decides on a Namespace: it is admitted, and the creator is told what it is in for. The pair is the controller's work. */
export function decideNamespace(request: AdmissionRequest, facts: GateFacts): AdmissionAnswer {
  const namespace = facts.authority.namespace(nameOf(request));
  if (namespace.exempt) return allowed('exempt');
  if (isBeingDeleted(request)) return allowed('deleting');
  return request.operation === 'CREATE' ? created(namespace) : updated(request, facts);
}

function created(namespace: ResolvedNamespace): AdmissionAnswer {
  if (!namespace.mayBeCreated) {
    return denied(
      'namespace-not-listed',
      [
        `Namespace ${namespace.name} is not in the template, and only namespaces that it lists may be created, by ${namespace.origin}`,
        'To permit it, add under namespaces:',
        `  - name: ${flowText(namespace.name)}`,
        '    rules: []',
      ].join('\n'),
    );
  }
  return allowed('namespace', namespace.mode === 'off' ? [] : [welcome(namespace)]);
}

/** A namespace that no document lists has its mode from `unlisted`, and its origin says so. */
function welcome({ name, mode, origin, entry }: ResolvedNamespace): string {
  const count = entry?.rules.length ?? 0;
  const rules = entry === undefined ? '' : ` (${count} ${count === 1 ? 'rule' : 'rules'})`;
  return mode === 'enforce'
    ? `portcullis: namespace ${name} is enforced by ${origin}${rules}; pods wait until its policies are in place`
    : `portcullis: namespace ${name} is audited by ${origin}${rules}; undeclared ports are only reported`;
}

/** The label that spares the mutating call may be set by the controller only; taking it away costs a call and harms nobody. */
function updated(request: AdmissionRequest, facts: GateFacts): AdmissionAnswer {
  const before = labelsIn(request.oldObject)[GATE_LABEL];
  const after = labelsIn(request.object)[GATE_LABEL];
  if (after === undefined || after === before || facts.isController(request.userInfo.username)) return allowed('namespace');
  return denied('gate-label-changed', `Namespace ${request.name}: only Portcullis sets the label ${GATE_LABEL}; leave it out`);
}
