import { comparePorts, formatPort, isPortNumber, type Port, PROTOCOLS } from '../port.ts';
import type { Subject, World } from '../reach/world.ts';
import { selects } from '../selector.ts';
import { asList, asRecord, textFields, textOf } from '../unknown.ts';
import { declaredPorts } from '../workload.ts';
import type { LearnedPort } from './learned.ts';
import type { SeenPort } from './seen.ts';

/** The ports that a workload needs, and remarks on those that need none. */
export interface LearnedPorts {
  readonly ports: readonly LearnedPort[];
  readonly remarks: readonly string[];
}

/** From the declaration, the Services that target the workload, and what a scan saw of its pods. */
export function learnPorts(subject: Subject, world: World, seen: readonly SeenPort[]): LearnedPorts {
  const declared = declaredNotes(subject);
  const served = serviceNotes(subject, world);
  const byPort = new Map<string, { port: Port; notes: string[] }>();
  for (const { port, note } of [...declared, ...served]) add(byPort, port, note);
  const isDeclared = (port: Port) => declared.some((one) => formatPort(one.port) === formatPort(port));
  const remarks: string[] = [];
  for (const port of distinct(seen)) {
    const some = seen.filter((one) => formatPort(one.port) === formatPort(port));
    const [first] = some;
    const process = first?.process === undefined ? '' : ` (${first.process})`;
    if (byPort.has(formatPort(port))) add(byPort, port, seenNote(some));
    else if (some.every(({ listening }) => listening === 'loopback')) {
      remarks.push(`${formatPort(port)} listens on loopback only${process}: it needs no rule`);
    } else if (some.every(({ verdict }) => verdict === 'possible')) {
      remarks.push(`${formatPort(port)} was seen once in the ephemeral range${process}: most likely a client, it has no rule`);
    } else if (some.some((one) => one.listening === 'yes' || one.reachable === 'yes')) {
      add(byPort, port, `doubtful: seen listening${process}, but no container declares it`);
    }
  }
  for (const { port, notes } of byPort.values())
    if (!isDeclared(port) && seen.length === 0) notes.push('doubtful: no container declares it');
  const ports = [...byPort.values()].sort((a, b) => comparePorts(a.port, b.port));
  return { ports: ports.map(({ port, notes }) => ({ port, comment: notes.filter((note) => note !== '').join('; ') })), remarks };
}

interface Note {
  readonly port: Port;
  readonly note: string;
}

function declaredNotes({ workload }: Subject): Note[] {
  const all = declaredPorts(workload);
  return distinct(all.map(({ declared }) => declared)).map((port) => {
    const some = all.filter(({ declared }) => formatPort(declared.port) === formatPort(port));
    const where = some.map(({ container, declared }) => {
      const type = container.type === 'container' ? 'container' : `${container.type} container`;
      return `${type} ${container.name}${declared.name === undefined ? '' : ` (${declared.name})`}`;
    });
    const hostPorts = [
      ...new Set(some.flatMap(({ declared: { hostPort } }) => (hostPort === undefined || workload.hostNetwork ? [] : [hostPort]))),
    ];
    const doubts = [
      ...(some.length > 1 ? ['doubtful: declared more than once'] : []),
      ...hostPorts.map((hostPort) => `doubtful: also hostPort ${hostPort}, past every policy`),
    ];
    return { port, note: [[...new Set(where)].join(', '), ...doubts].join('; ') };
  });
}

/** What Services send to the workload: a port that nobody declares would be closed with the rest. */
function serviceNotes({ workload }: Subject, { services }: World): Note[] {
  return services.flatMap(({ namespace, found }) => {
    const { metadata, spec } = asRecord(found.value);
    const selector = textFields(asRecord(spec).selector);
    const isMeant =
      namespace === workload.namespace && Object.keys(selector).length > 0 && selects({ matchLabels: selector }, workload.labels);
    if (!isMeant) return [];
    const name = textOf(asRecord(metadata).name);
    const type = textOf(asRecord(spec).type);
    return asList(asRecord(spec).ports).flatMap((entry) => {
      const { port, targetPort = port, protocol = 'TCP' } = asRecord(entry);
      const known = PROTOCOLS.find((one) => one === protocol);
      const named = declaredPorts(workload).filter(({ declared }) => declared.name === targetPort && declared.port.protocol === known);
      const number = named[0]?.declared.port.number ?? targetPort;
      if (known === undefined || !isPortNumber(number)) return [];
      return [
        { port: { number, protocol: known }, note: `Service ${name}:${port}${/^(NodePort|LoadBalancer)$/.test(type) ? `, ${type}` : ''}` },
      ];
    });
  });
}

function seenNote(some: readonly SeenPort[]): string {
  if (some.some(({ listening, reachable }) => listening === 'yes' || reachable === 'yes')) return 'seen listening';
  if (some.every(({ listening }) => listening === 'loopback')) return 'doubtful: listens on loopback only, others cannot connect';
  return some.every(({ listening }) => listening === 'no') ? 'doubtful: never seen listening' : '';
}

function distinct(all: readonly { readonly port: Port }[]): Port[] {
  return [...new Map(all.map(({ port }) => [formatPort(port), port])).values()].sort(comparePorts);
}

function add(byPort: Map<string, { port: Port; notes: string[] }>, port: Port, note: string): void {
  const there = byPort.get(formatPort(port));
  if (there === undefined) byPort.set(formatPort(port), { port, notes: [note] });
  else if (!there.notes.includes(note)) there.notes.push(note);
}
