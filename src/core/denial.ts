import type { CheckInput, Violation } from './checks.ts';
import { formatLine } from './document.ts';
import { allGrants, type Grant, podGrants } from './grants.ts';
import { distinctRanges, formatPort, formatRange } from './port.ts';
import type { Labels } from './selector.ts';

/** How many grants a message quotes before "and N more": a message is read at a terminal. */
const QUOTED_GRANTS = 6;

/** The whole answer to a refused workload: what, why, and the template lines that would permit it. */
export function denialMessage(input: CheckInput, violations: readonly Violation[]): string {
  const { workload } = input;
  return [
    `${workload.kind} ${workload.namespace}/${workload.name} ${summary(violations)}`,
    ...violationTable(violations),
    `Permitted for these pods: ${permittedPorts(input)}`,
    ...remedy(input, violations),
    `Mode ${input.namespace.mode}, by ${input.namespace.origin}.`,
  ].join('\n');
}

/** One kubectl warning a violation, each at most about 120 characters (KUBERNETES.md: longer ones are cut by the API server). */
export function auditWarnings(input: CheckInput, violations: readonly Violation[]): string[] {
  const { kind, namespace, name } = input.workload;
  return violations.map((violation) => `portcullis audit: ${kind} ${namespace}/${name}${subject(violation)} ${consequence(violation)}`);
}

function subject({ container, port, portName }: Violation): string {
  const where = container === '' ? ':' : `, container ${container}:`;
  return port === undefined ? where : `${where} ${formatPort(port)}${portName === undefined ? '' : ` (${portName})`}`;
}

function consequence({ code, why }: Violation): string {
  switch (code) {
    case 'port-not-authorized':
      return why === 'not in the template' ? 'is not in the template' : `is not permitted: ${why}`;
    case 'host-port-not-permitted':
      return `is not permitted: ${why}`;
    case 'host-network-not-permitted':
      return `hostNetwork is not permitted: ${why}`;
  }
}

function summary(violations: readonly Violation[]): string {
  const ports = new Set(violations.flatMap(({ code, port }) => (code === 'port-not-authorized' && port ? [formatPort(port)] : []))).size;
  const parts = [
    ...(violations.some(({ code }) => code === 'host-network-not-permitted') ? ['uses hostNetwork'] : []),
    ...(ports > 0 ? [`declares ${ports === 1 ? 'a port' : `${ports} ports`}`] : []),
    ...(violations.some(({ code }) => code === 'host-port-not-permitted') ? ['binds host ports'] : []),
  ];
  return `${parts.join(' and ')} that the template does not permit`.replace(/^uses hostNetwork that/, 'uses hostNetwork, which');
}

function violationTable(violations: readonly Violation[]): string[] {
  const names = violations.map(({ container, containerType }) =>
    container === '' ? 'pod' : `${containerType === 'container' ? 'container' : `${containerType} container`} ${container}`,
  );
  const width = Math.max(...names.map((name) => name.length));
  return violations.map((violation, index) => {
    const { code, port, portName, why } = violation;
    const what = port === undefined ? 'hostNetwork' : `${formatPort(port)}${portName === undefined ? '' : ` (${portName})`}`;
    const reason = code === 'port-not-authorized' && why === 'not in the template' ? '' : `  ${why}`;
    return `  ${(names[index] ?? '').padEnd(width)}  ${what}${reason}`;
  });
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
  const selector = selectorText(suggestedLabels(workload.labels));
  const fields = [
    ...(ports.length === 0 ? [] : ['rules:', ...ruleLines(selector, ports.map(formatRange).join(', '))]),
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

function ruleLines(selector: string, ports: string): string[] {
  return selector === '' ? [`  - ports: [${ports}]`] : [`  - pods: ${selector}`, `    ports: [${ports}]`];
}

function rangeOf(number: number, protocol: 'TCP' | 'UDP' | 'SCTP'): { from: number; to: number; protocol: 'TCP' | 'UDP' | 'SCTP' } {
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

/** A flow mapping that YAML reads as strings: values like `true`, `1` or `` are quoted. */
function selectorText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}: ${yamlString(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join(', ')}}`;
}

function yamlString(value: string): string {
  return /^[A-Za-z][A-Za-z0-9_./-]*$/.test(value) && !/^(true|false|yes|no|on|off|y|n|null|\.inf|\.nan)$/i.test(value)
    ? value
    : JSON.stringify(value);
}
