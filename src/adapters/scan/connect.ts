import type { OutsideView, Probe, Reachability } from '../../core/finding.ts';
import type { Port } from '../../core/port.ts';
import type { Scanner } from '../../ports.ts';
import { portList, refuseAddress } from './port-list.ts';
import { type Attempt, type ProbeResult, probeTcp } from './tcp-probe.ts';
import { probeUdp } from './udp-probe.ts';

export interface ConnectOptions {
  /** Connections at once, each of which needs a descriptor. */
  readonly inFlight?: number;
  /** Milliseconds that a probe may take. Default: long enough for the kernel's second SYN in a short list, short in a sweep. */
  readonly timeoutMs?: number;
  /** Milliseconds for one address. */
  readonly deadlineMs?: number;
}

const ENGINE = 'connect';

/** A list that is longer is a sweep. */
const SHORT_LIST = 1000;

/** The kernel sends its second SYN after 1 s (RFC 6298): one lost packet makes no port filtered. */
const SHORT_LIST_TIMEOUT_MS = 1_500;
const SWEEP_TIMEOUT_MS = 500;

/** Probes with connections of its own, where nmap is not installed. Needs no privilege. SCTP is unknown, UDP mostly. */
export function connectScanner({ inFlight = 2_000, timeoutMs, deadlineMs = 60_000 }: ConnectOptions = {}): Scanner {
  return {
    engine: ENGINE,
    async scan({ address, ports }, signal) {
      const refused = refuseAddress(ENGINE, address);
      if (refused !== undefined) return refused;
      const { tcp, udp, other } = portList(ports);
      const deadline = AbortSignal.timeout(deadlineMs);
      const run: Run = {
        address,
        timeoutMs: timeoutMs ?? (tcp.length > SHORT_LIST ? SWEEP_TIMEOUT_MS : SHORT_LIST_TIMEOUT_MS),
        signal: AbortSignal.any([signal, deadline]),
        results: new Map(),
        underWay: new Set(),
        room: inFlight,
      };
      await probeAll([...tcp, ...udp], run);
      if (signal.aborted) return broken('it was stopped', run);
      if (deadline.aborted) return broken(`it did not end within ${deadlineMs} ms`, run);
      return whole([...tcp, ...udp, ...other], run);
    },
  };
}

interface Run {
  readonly address: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly results: Map<Port, ProbeResult>;
  readonly underWay: Set<Attempt>;
  /** Connections that this machine allows; shrinks when it runs out of descriptors. */
  room: number;
}

/**
 * Probes every port with at most `room` connections at once. Where this machine has no more to give, what failed is tried again with half
 * as many (one step down for all that failed together), until even a single one fails.
 */
function probeAll(ports: readonly Port[], run: Run): Promise<void> {
  run.signal.addEventListener('abort', () => cancelAll(run), { once: true });
  const waiting = [...ports].reverse();
  return new Promise((resolve) => {
    const next = () => {
      while (run.underWay.size < run.room && waiting.length > 0 && !run.signal.aborted) {
        const port = waiting.pop();
        if (port !== undefined) void start(port);
      }
      if (run.underWay.size === 0 && (waiting.length === 0 || run.signal.aborted)) resolve();
    };
    const start = async (port: Port) => {
      const roomThen = run.room;
      const attempt = probe(port, run);
      run.underWay.add(attempt);
      const result = await attempt.result;
      run.underWay.delete(attempt);
      if (result === 'exhausted' && roomThen > 1) {
        run.room = Math.min(run.room, Math.ceil(roomThen / 2));
        waiting.push(port);
      } else if (!run.signal.aborted) run.results.set(port, result);
      next();
    };
    next();
  });
}

function cancelAll({ underWay }: Run): void {
  for (const attempt of underWay) attempt.cancel();
}

function probe(port: Port, { address, timeoutMs }: Run): Attempt {
  const target = { address, port: port.number };
  return port.protocol === 'UDP' ? probeUdp(target, timeoutMs) : probeTcp(target, timeoutMs);
}

/** Where the network knows no way to any port, nothing was learned of the pod; to some of them, a policy said so. */
function whole(ports: readonly Port[], run: Run): OutsideView {
  const results = [...run.results.values()];
  const exhausted = results.filter((result) => result === 'exhausted').length;
  if (results.length > 0 && results.every((result) => result === 'unreachable')) return broken(`no way to ${run.address}`, run);
  if (exhausted > 0) return broken(`this machine had no room to probe ${exhausted} ports`, run);
  return { known: true, engine: ENGINE, probes: ports.map((port) => ({ port, reachability: reachabilityOf(run.results.get(port)) })) };
}

function broken(reason: string, { results }: Run): OutsideView {
  const partial = [...results].flatMap(([port, result]): Probe[] =>
    result === 'exhausted' || result === 'unreachable' ? [] : [{ port, reachability: result }],
  );
  return { known: false, engine: ENGINE, reason, partial };
}

function reachabilityOf(result: ProbeResult | undefined): Reachability {
  if (result === 'unreachable') return 'filtered';
  return result === undefined || result === 'exhausted' ? 'unknown' : result;
}
