import type { PodState } from '../../src/core/cluster-state.ts';
import type { AddressView, InsideView, Listener, Probe, Reachability } from '../../src/core/finding.ts';
import { formatPort, type Port, type Protocol } from '../../src/core/port.ts';
import type { ScanSubject } from '../../src/core/scan-subject.ts';

/** Views and pods as values, for tests of the scan. */

/** `port('80')`, `port('53/UDP')`. */
export function port(text: string): Port {
  const [number = '', protocol = 'TCP'] = text.split('/');
  return { number: Number(number), protocol: protocol as Protocol };
}

/** `listener('80/TCP', '0.0.0.0')`; ephemeral as in the default range of Linux. */
export function listener(text: string, address = '0.0.0.0', fields: Partial<Listener> = {}): Listener {
  const of = port(text);
  return { port: of, address, ephemeral: of.protocol === 'UDP' && of.number >= 32768 && of.number <= 60999, ...fields };
}

/** An inside view that is known. */
export function inside(...listeners: Listener[]): InsideView {
  return { known: true, via: 'agent', listeners };
}

export const NO_AGENT: InsideView = { known: false, reason: 'no agent runs' };

/** `probes({ '80/TCP': 'open' })`. */
export function probes(states: Readonly<Record<string, Reachability>>): Probe[] {
  return Object.entries(states).map(([text, reachability]) => ({ port: port(text), reachability }));
}

/** A whole outside view of one address. */
export function outside(states: Readonly<Record<string, Reachability>>, address = '10.0.0.7'): AddressView {
  return { address, view: { known: true, engine: 'nmap', probes: probes(states) } };
}

/** An outside view that broke off. */
export function broken(states: Readonly<Record<string, Reachability>>, address = '10.0.0.7'): AddressView {
  return { address, view: { known: false, engine: 'nmap', reason: 'nmap was killed by SIGKILL', partial: probes(states) } };
}

/** A running pod `shop/api`. */
export function podState(fields: Partial<PodState> = {}): PodState {
  return {
    namespace: 'shop',
    name: 'api',
    uid: 'uid-1',
    labels: { app: 'api' },
    phase: 'Running',
    deleting: false,
    hostNetwork: false,
    nodeName: 'node-1',
    addresses: ['10.0.0.7'],
    schedulingGates: [],
    restarts: 0,
    running: true,
    object: {},
    ...fields,
  };
}

/** A pod that declares and may listen on these ports. */
export function subject(
  pod: PodState,
  { declared = [], authorized = [] }: { declared?: string[]; authorized?: string[] } = {},
): ScanSubject {
  const permitted = new Set(authorized.map(port).map(formatPort));
  return {
    pod,
    declared: declared.map(port),
    ended: [],
    permitted: authorized.map(port).map(({ number, protocol }) => ({ from: number, to: number, protocol })),
    authorized: (one) => (permitted.has(formatPort(one)) ? 'rule api, template.yaml:14' : undefined),
  };
}
