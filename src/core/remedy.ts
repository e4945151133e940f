import type { CheckInput, Violation } from './checks.ts';
import { formatLine } from './document.ts';
import { distinctRanges, formatRange, type PortRange, type Protocol } from './port.ts';
import type { Labels } from './selector.ts';
import { flowLabels, flowText } from './template/flow.ts';
import { isVolatile, NAMING_LABELS } from './volatile-labels.ts';

/** The template lines that permit exactly what was refused, ready to be pasted. */
export function remedy({ workload, namespace, authority }: CheckInput, violations: readonly Violation[]): string[] {
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
    // Listed without a mode, the namespace would take that of the template, and might be enforced no longer.
    const mode = namespace.mode === authority.template.mode ? [] : [`mode: ${namespace.mode}`];
    return [
      'To permit this, add under namespaces:',
      `  - name: ${flowText(namespace.name)}`,
      ...[...mode, ...fields].map((line) => `    ${line}`),
    ];
  }
  return [
    `To permit this, add under namespace ${namespace.entry.name} (${formatLine(namespace.entry.place)}):`,
    ...fields.map((line) => `  ${line}`),
  ];
}

function ruleLines(labels: Labels, ports: string): string[] {
  if (Object.keys(labels).length === 0) return [`  - ports: [${ports}]  # every pod of the namespace: this one has no label to tell it by`];
  return [`  - pods: ${flowLabels(labels)}`, `    ports: [${ports}]`];
}

/** The labels that a rule for these pods would name: those by which people name the workload, else all that last. */
export function suggestedLabels(labels: Labels): Labels {
  const naming = NAMING_LABELS.find((key) => Object.hasOwn(labels, key));
  const component = 'app.kubernetes.io/component';
  const keys = naming === undefined ? Object.keys(labels).filter((key) => !isVolatile(key)) : [naming, component];
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(labels, key)).map((key) => [key, labels[key] ?? '']));
}

function rangeOf(number: number, protocol: Protocol): PortRange {
  return { from: number, to: number, protocol };
}
