import { type AdmissionAnswer, type AdmissionRequest, allowed, denied, invalid } from '../admission.ts';
import { formatLine } from '../document.ts';
import { OWN_LABEL_PREFIX, TOPOLOGY_LABEL_PREFIX } from '../names.ts';
import { printable } from '../printable.ts';
import { type Selecting, selectingRules } from '../selecting-rules.ts';
import type { ResolvedNamespace } from '../template/resolve.ts';
import { shapeFaults } from '../workload-shape.ts';
import { allowedWithWarnings, notValid } from './answer.ts';
import type { GateFacts } from './facts.ts';
import { labelsIn, nameOf } from './metadata.ts';

/** A label that a Binding may not set, and why. */
interface Offense {
  readonly key: string;
  readonly why: string;
}

/** How many labels a refusal lists: a message is read at a terminal. */
const LISTED_LABELS = 12;

/** Whether the request gives a pod its node, by its subresource or by the older path. */
export function isBinding({ operation, resource: { group, resource }, subResource }: AdmissionRequest): boolean {
  const path = subResource === '' ? resource : `${resource}/${subResource}`;
  return operation === 'CREATE' && group === '' && (path === 'pods/binding' || path === 'bindings');
}

/**
 * Decides on a Binding by its labels, which the API server copies onto the pod, over those that it has (Kubernetes 1.35, feature
 * PodTopologyLabelsAdmission). The pod is not looked up: a label that decides what is permitted belongs on the pod, where it is judged.
 */
export function decideBinding(request: AdmissionRequest, facts: GateFacts): AdmissionAnswer {
  const namespace = facts.authority.namespace(request.namespace);
  if (namespace.mode === 'off') return allowed(namespace.exempt ? 'exempt' : 'off');
  const { group, kind } = request.kind;
  const kindName = group === '' ? kind : `${kind}.${group}`;
  if (kindName !== 'Binding') return invalid(`the review says that a Binding is of kind ${printable(kindName)}`);
  const who = `Binding ${printable(request.namespace)}/${nameOf(request)}`;
  if (request.object === null) return invalid(`${who}: the review carries no object`);
  const faults = shapeFaults(request.object, []);
  if (faults.length > 0) return notValid(who, faults);
  const offenses = offensesOf(request, facts);
  return offenses.length === 0 ? allowed('binding') : refused(who, offenses, namespace);
}

function offensesOf(request: AdmissionRequest, facts: GateFacts): Offense[] {
  const keys = Object.keys(labelsIn(request.object)).filter((key) => !key.startsWith(TOPOLOGY_LABEL_PREFIX));
  if (keys.length === 0) return [];
  const selecting = selectingRules(request.namespace, facts.authority);
  const isController = facts.isController(request.userInfo.username);
  return keys.flatMap((key) => {
    const by = selecting.get(key);
    if (key.startsWith(OWN_LABEL_PREFIX) && !isController) return [{ key, why: 'only Portcullis sets it' }];
    return by === undefined ? [] : [{ key, why: selectedBy(by) }];
  });
}

function selectedBy(by: Selecting): string {
  if (by === 'dns') return 'the template finds the name servers by it';
  return `${by.name === undefined ? 'a rule' : `rule ${by.name}`} selects pods by it (${formatLine(by.place)})`;
}

function refused(who: string, offenses: readonly Offense[], { mode, origin }: ResolvedNamespace): AdmissionAnswer {
  const [labels, them] = offenses.length === 1 ? ['a label', 'it'] : [`${offenses.length} labels`, 'them'];
  if (mode === 'enforce') {
    return denied(
      'binding-label',
      [
        `${who} sets ${labels} that a Binding may not set`,
        ...labelTable(offenses),
        `Leave ${them} out: what decides about a pod is set on the pod itself, where it is judged with its ports.`,
        `Mode ${mode}, by ${origin}.`,
      ].join('\n'),
    );
  }
  return allowedWithWarnings('audit-binding-label', [
    `portcullis audit: ${who}: mode enforce would refuse ${them === 'it' ? 'this label' : 'these labels'} (${origin})`,
    ...offenses.map(({ key, why }) => `portcullis audit: label ${printable(key)}: ${why}`),
  ]);
}

function labelTable(offenses: readonly Offense[]): string[] {
  const rows = offenses.slice(0, LISTED_LABELS).map(({ key, why }) => ({ key: printable(key), why }));
  const width = Math.max(...rows.map(({ key }) => key.length));
  const lines = rows.map(({ key, why }) => `  ${key.padEnd(width)}  ${why}`);
  return offenses.length > rows.length ? [...lines, `  and ${offenses.length - rows.length} more`] : lines;
}
