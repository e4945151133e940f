import type { CheckInput, Violation } from './checks.ts';
import { formatLine } from './document.ts';
import { allGrants, type Grant, podGrants } from './grants.ts';
import { distinctRanges, formatPort, formatRange, type PortRange, type Protocol } from './port.ts';
import type { Labels } from './selector.ts';

/** How many grants a message quotes before "and N more": a message is read at a terminal. */
const QUOTED_GRANTS = 6;

/** How many violations it lists: an event on a ReplicaSet is cut at 1,024 characters, and the remedy behind them names every port anyway. */
const LISTED_VIOLATIONS = 12;

/** The whole answer to a refused workload: what, why, and the template lines that would permit it. */
export function denialMessage(input: CheckInput, violations: readonly Violation[]): string {
  const { workload, namespace } = input;
  return [
    `${workload.kind} ${workload.namespace}/${workload.name} ${summary(violations)}`,
    ...violationTable(violations),
    `Permitted for ${workload.kind === 'Pod' ? 'this pod' : 'these pods'}: ${permittedPorts(input)}`,
    ...remedy(input, violations),
    `Mode ${namespace.mode}, by ${namespace.origin}.`,
  ].join('\n');
}

/** One kubectl warning a violation, each at most about 120 characters (KUBERNETES.md: longer ones are cut by the API server). */
export function auditWarnings(input: CheckInput, violations: readonly Violation[]): string[] {
  const { kind, namespace, name } = input.workload;
  return violations.map((violation) => {
    const where = violation.container === '' ? '' : `, container ${violation.container}`;
    return `portcullis audit: ${kind} ${namespace}/${name}${where}: ${offense(violation).join(' is ')}`;
  });
}

/** What is wrong, in one phrase; or the port, and what it is. */
function offense({ code, port, portName, why }: Violation): readonly string[] {
  if (code !== 'port-not-authorized' || port === undefined) return [why];
  return [`${formatPort(port)}${portName === undefined ? '' : ` (${portName})`}`, why];
}

function summary(violations: readonly Violation[]): string {
  const count = (code: Violation['code']) =>
    new Set(violations.flatMap((one) => (one.code === code ? [`${one.port && formatPort(one.port)} ${one.hostPort}`] : []))).size;
  const ports = count('port-not-authorized');
  const hostPorts = count('host-port-not-permitted');
  const parts = [
    ...(count('host-network-not-permitted') > 0 ? ['uses hostNetwork'] : []),
    ...(ports > 0 ? [`declares ${ports === 1 ? 'a port' : `${ports} ports`}`] : []),
    ...(hostPorts > 0 ? [`binds ${hostPorts === 1 ? 'a host port' : `${hostPorts} host ports`}`] : []),
  ];
  return `${parts.join(' and ')}${parts.join() === 'uses hostNetwork' ? ', which' : ' that'} the template does not permit`;
}

function violationTable(violations: readonly Violation[]): string[] {
  const rows = violations.slice(0, LISTED_VIOLATIONS).map((violation) => [containerText(violation), ...offense(violation)]);
  const width = (column: number) => Math.max(...rows.map((row) => (row.length > column + 1 ? (row[column] ?? '').length : 0)));
  const widths = [width(0), width(1)];
  const lines = rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  return violations.length > rows.length ? [...lines, `  and ${violations.length - rows.length} more`] : lines;
}

function containerText({ container, containerType }: Violation): string {
  if (container === '') return 'pod';
  return containerType === 'container' ? `container ${container}` : `${containerType} container ${container}`;
}

function permittedPorts({ workload, authority, namespace }: CheckInput): string {
  const grants = allGrants(podGrants(authority.grants(namespace.name), workload.labels)).filter(({ ports }) => ports.length > 0);
  if (grants.length === 0) return namespace.entry === undefined ? 'none (no document lists the namespace)' : 'none';
  const quoted = grants.slice(0, QUOTED_GRANTS).map(grantText);
  return [...quoted, ...(grants.length > QUOTED_GRANTS ? [`and ${grants.length - QUOTED_GRANTS} more rules`] : [])].join('; ');
}

function grantText({ ports, rule }: Grant): string {
  const name = rule.name === undefined ? '' : `rule ${rule.name}, `;
  return `${distinctRanges(ports).map(formatRange).join(', ')} (${name}${formatLine(rule.place)})`;
}

/** The template lines that permit exactly what was refused, ready to be pasted. */
function remedy({ workload, namespace }: CheckInput, violations: readonly Violation[]): string[] {
  const ports = distinctRanges(
    violations.flatMap(({ code, port }) => (code === 'port-not-authorized' && port ? [rangeOf(port.number, port.protocol)] : [])),
  );
  const hostPorts = distinctRanges(
    violations.flatMap(({ port, hostPort }) => (port && hostPort !== undefined ? [rangeOf(hostPort, port.protocol)] : [])),
  );
  const fields = [
    ...(ports.length === 0 ? [] : ['rules:', ...ruleLines(suggestedLabels(workload.labels), ports.map(formatRange).join(', '))]),
    ...(violations.some(({ code }) => code === 'host-network-not-permitted') ? ['hostNetwork: true'] : []),
    ...(hostPorts.length === 0 ? [] : [`hostPorts: [${hostPorts.map(formatRange).join(', ')}]`]),
  ];
  if (namespace.entry === undefined) {
    return ['To permit this, add under namespaces:', `  - name: ${namespace.name}`, ...fields.map((line) => `    ${line}`)];
  }
  return [
    `To permit this, add under namespace ${namespace.entry.name} (${formatLine(namespace.entry.place)}):`,
    ...fields.map((line) => `  ${line}`),
  ];
}

function ruleLines(labels: Labels, ports: string): string[] {
  const pairs = Object.entries(labels).map((pair) => pair.map(yamlString).join(': '));
  if (pairs.length === 0) return [`  - ports: [${ports}]  # every pod of the namespace: this one has no label to tell it by`];
  return [`  - pods: {${pairs.join(', ')}}`, `    ports: [${ports}]`];
}

function rangeOf(number: number, protocol: Protocol): PortRange {
  return { from: number, to: number, protocol };
}

/** Labels that tell one revision or replica from another: a rule with them would stop to match at the next rollout. */
const VOLATILE_LABELS =
  /^(pod-template-hash|pod-template-generation|controller-revision-hash|controller-uid|job-name|apps\.kubernetes\.io\/pod-index|statefulset\.kubernetes\.io\/pod-name|batch\.kubernetes\.io\/.*|app\.kubernetes\.io\/(version|managed-by)|helm\.sh\/chart)$/;

/** The labels by which people name a workload, from the most to the least usual; one of them is enough for a rule. */
const NAMING_LABELS = ['app.kubernetes.io/name', 'app', 'k8s-app', 'name'];

function suggestedLabels(labels: Labels): Labels {
  const naming = NAMING_LABELS.find((key) => Object.hasOwn(labels, key));
  const component = 'app.kubernetes.io/component';
  const keys = naming === undefined ? Object.keys(labels).filter((key) => !VOLATILE_LABELS.test(key)) : [naming, component];
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(labels, key)).map((key) => [key, labels[key] ?? '']));
}

/** A text that YAML reads as a string, also inside of a flow mapping: `true`, `1` and the empty text are quoted. */
function yamlString(value: string): string {
  return /^[A-Za-z][A-Za-z0-9_./-]*$/.test(value) && !/^(true|false|yes|no|on|off|y|n|null)$/i.test(value) ? value : JSON.stringify(value);
}
