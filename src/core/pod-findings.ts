import type { Finding, FindingInput } from './finding.ts';
import { comparePorts, formatPort, type Port } from './port.ts';
import { explainVerdict, type Facts, judge, type Reachable, severityOf } from './verdict.ts';
import { blindness, listenersAt, listeningAt, openAt, reachability, seenBy } from './views.ts';

/** Every port worth a line: declared, listening, or answering. Sorted by port. A port that is only authorized owes nobody a socket. */
export function findings(input: FindingInput): Finding[] {
  const { declared, ended, inside, outside } = input;
  const listening = inside.known ? inside.listeners.map(({ port }) => port) : [];
  const answering = openAt(outside);
  const past = new Set(ended.map(formatPort));
  const awaited = declared.filter((port) => !past.has(formatPort(port)));
  const distinct = new Map([...awaited, ...listening, ...answering].map((port) => [formatPort(port), port]));
  const reach = reachability(outside);
  const blind = blindness(inside, outside);
  return [...distinct.values()].sort(comparePorts).map((port) => findingOf(port, input, { reach, blind }));
}

interface Outlook {
  readonly reach: (port: Port) => Reachable;
  readonly blind: string;
}

function findingOf(port: Port, input: FindingInput, { reach, blind }: Outlook): Finding {
  const { inside, previous, hostNetwork } = input;
  const listeners = listenersAt(inside, port);
  const rule = input.authorized(port);
  const process = listeners.find((listener) => listener.process !== undefined)?.process;
  const listening = listeningAt(inside, port, input.podAddresses);
  const facts: Facts = {
    declared: input.declared.some((one) => formatPort(one) === formatPort(port)),
    authorized: rule !== undefined,
    listening,
    reachable: reach(port),
    ephemeral: listeners.length > 0 && listeners.every(({ ephemeral }) => ephemeral),
    confirmed: previous !== undefined && listeningAt(previous, port, input.podAddresses) === listening,
  };
  return {
    port,
    declared: facts.declared,
    ...(rule === undefined ? {} : { authorized: rule }),
    listening,
    addresses: [...new Set(listeners.map(({ address }) => address))].sort(),
    ...(process === undefined ? {} : { process }),
    reachable: facts.reachable,
    hostNetwork,
    seenBy: seenBy(inside, input.outside),
    ...(inside.known && inside.cannotSee !== undefined ? { cannotSee: inside.cannotSee } : {}),
    verdict: judge(facts),
    severity: severityOf(facts),
    reason: `${explainVerdict(facts, blind)}${hostNetwork ? ' (host network: no policy covers it, and it may belong to another pod or the node)' : ''}`,
  };
}
