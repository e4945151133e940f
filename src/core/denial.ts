import type { CheckInput, Violation } from './checks.ts';
import { formatLine } from './document.ts';
import { allGrants, type Grant, podGrants } from './grants.ts';
import { distinctRanges, formatPort, formatRange } from './port.ts';
import { remedy } from './remedy.ts';
import { explainCommand } from './why.ts';

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
    ...(workload.name === '' ? [] : [`Why: ${explainCommand(workload)}`]),
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
