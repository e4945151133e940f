import { NAMESPACE_NAME_LABEL } from './names.ts';
import { asList, asRecord, textOf } from './unknown.ts';

const WRITTEN = ['CREATE', 'UPDATE'];

/** Group and resource, as RBAC writes them, and the operations. */
type Asked = readonly [group: string, resource: string, operations: readonly string[]];

/** What each entry that can refuse asks the gate about, as `deploy/` ships it. */
const ENTRIES: Readonly<Record<string, readonly Asked[]>> = {
  'validate.portcullis.dev': [
    ...['deployments', 'replicasets', 'statefulsets', 'daemonsets'].map((resource): Asked => ['apps', resource, WRITTEN]),
    ['batch', 'jobs', WRITTEN],
    ['batch', 'cronjobs', WRITTEN],
    ['', 'replicationcontrollers', WRITTEN],
  ],
  'pods.validate.portcullis.dev': [
    ['', 'pods', WRITTEN],
    ['', 'pods/status', ['UPDATE']],
    ['', 'pods/binding', ['CREATE']],
    ['', 'bindings', ['CREATE']],
  ],
  'policies.validate.portcullis.dev': [['networking.k8s.io', 'networkpolicies', [...WRITTEN, 'DELETE']]],
};

/**
 * What the entries of a validating webhook configuration leave out, each as a phrase; empty: the gate is asked about all that it must be.
 * Which namespaces an entry leaves out by name, and its match conditions, are the installer's and not judged.
 */
export function webhookGaps(webhooks: readonly unknown[]): string[] {
  const entries = new Map(webhooks.map(asRecord).map((entry) => [textOf(entry.name), entry]));
  return Object.entries(ENTRIES).flatMap(([name, asked]) => {
    const entry = entries.get(name);
    if (entry === undefined) return [`${name} is missing`];
    if (isEvaded(entry)) return [`${name} is skipped by labels that anybody may set`];
    const rules = asList(entry.rules).map(asRecord);
    return asked.flatMap((one) => unasked(rules, one)).map((what) => `${name} does not ask about ${what}`);
  });
}

function unasked(rules: readonly Readonly<Record<string, unknown>>[], [group, resource, operations]: Asked): string[] {
  const missing = operations.filter((operation) => !rules.some((rule) => asks(rule, { group, resource, operation })));
  return missing.length === 0 ? [] : [`${missing.join(', ')} of ${group === '' ? resource : `${resource}.${group}`}`];
}

/** The API documentation of objectSelector: "end users may skip the admission webhook by setting the labels"; the same goes for namespaces. */
function isEvaded({ objectSelector, namespaceSelector }: Readonly<Record<string, unknown>>): boolean {
  const byName = (expression: unknown) => asRecord(expression).key === NAMESPACE_NAME_LABEL;
  const { matchExpressions, matchLabels } = asRecord(namespaceSelector);
  return !isEmpty(objectSelector) || !Object.keys(asRecord(matchLabels)).every(isNameLabel) || !asList(matchExpressions).every(byName);
}

const isNameLabel = (key: string) => key === NAMESPACE_NAME_LABEL;

function isEmpty(selector: unknown): boolean {
  const { matchExpressions, matchLabels } = asRecord(selector);
  return asList(matchExpressions).length === 0 && Object.keys(asRecord(matchLabels)).length === 0;
}

interface Question {
  readonly group: string;
  readonly resource: string;
  readonly operation: string;
}

/** `*` is any resource without its subresources, a star beside a slash any on that side (Kubernetes: Rule of admissionregistration.k8s.io/v1). */
function asks(rule: Readonly<Record<string, unknown>>, { group, resource, operation }: Question): boolean {
  const [parent = '', subresource] = resource.split('/');
  const wild = subresource === undefined ? ['*', '*/*'] : ['*/*', `*/${subresource}`, `${parent}/*`];
  return (
    holds(rule.apiGroups, [group, '*']) &&
    holds(rule.apiVersions, ['v1', '*']) &&
    holds(rule.resources, [resource, ...wild]) &&
    holds(rule.operations, [operation, '*'])
  );
}

function holds(list: unknown, words: readonly string[]): boolean {
  return asList(list).some((word) => words.includes(textOf(word)));
}
