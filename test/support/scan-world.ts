import { alarmExposures } from '../../src/app/exposure-alarm.ts';
import { countFindings } from '../../src/app/finding-count.ts';
import { inTurn } from '../../src/app/in-turn.ts';
import { SCAN_LIMITS, type ScanLimits } from '../../src/app/scan-agendas.ts';
import { type ScanWatch, watchScans } from '../../src/app/scan-watch.ts';
import type { Authority } from '../../src/core/authority.ts';
import type { PodState } from '../../src/core/cluster-state.ts';
import type { InsideView, OutsideView } from '../../src/core/finding.ts';
import { formatPort } from '../../src/core/port.ts';
import type { ScanTarget } from '../../src/ports.ts';
import { inside, listener, probes } from './scan.ts';
import { rememberingLog, rememberingMetrics } from './silence.ts';
import { authorityOf, entry, ranges, ruleIn } from './template.ts';
import { virtualTime } from './virtual-time.ts';

/** A cluster in which pods come, change and go, a time that the test moves, and everything that the watch of scans did. */

/** In every namespace of these, 8080 is permitted. */
const RULES = { rules: [ruleIn({ ports: ranges('8080') })] };
export const AUTHORITY = authorityOf([
  entry('shop', RULES),
  entry('lab', { ...RULES, mode: 'audit' }),
  entry('free', { ...RULES, mode: 'off' }),
]);

export interface ScanWishes {
  readonly authority?: Authority | undefined;
  /** What answers from outside; 8080 and 9999 are open unless told otherwise. */
  answer?(target: ScanTarget): OutsideView | Promise<OutsideView>;
  /** What is seen inside; a socket at 8080 and one at 9999 unless told otherwise. */
  look?(uid: string): InsideView | Promise<InsideView>;
  readonly limits?: Partial<ScanLimits>;
  readonly periodMs?: number;
}

export interface ScanWorld {
  readonly state: { authority: Authority | undefined };
  readonly watch: ScanWatch;
  /** What the scanner was asked, as `address: ports`. */
  readonly asked: string[];
  /** The Events. */
  readonly told: string[];
  readonly log: ReturnType<typeof rememberingLog>;
  readonly metrics: ReturnType<typeof rememberingMetrics>;
  change(pod: PodState): void;
  gone(pod: PodState): void;
  /** An agent says that the sockets of the pod are others. */
  socketsChanged(uid: string): void;
  /** Milliseconds since the beginning. */
  time(): number;
  /** Calls after a time that passes as the test moves it. */
  readonly later: (run: () => void, delayMs: number) => () => void;
  /** Lets everything happen that needs no time. */
  rest(): Promise<void>;
  /** Lets so much time pass, timer by timer. */
  pass(ms: number): Promise<void>;
}

/** What is open, of what was asked. */
export function open(...ports: string[]): OutsideView {
  return { known: true, engine: 'nmap', probes: probes(Object.fromEntries(ports.map((port) => [port, 'open']))) };
}

/** A view that answers what was asked: these are open, the others closed. */
export function answering({ ports }: ScanTarget, ...openPorts: string[]): OutsideView {
  if (ports === 'all') return open(...openPorts);
  const state = (port: string) => (openPorts.includes(port) ? 'open' : 'closed');
  return { known: true, engine: 'nmap', probes: ports.map((port) => ({ port, reachability: state(formatPort(port)) })) };
}

/** An empty cluster. */
export function scanWorld(wishes: ScanWishes = {}): ScanWorld {
  const answer = wishes.answer ?? ((target) => answering(target, '8080/TCP', '9999/TCP'));
  const look = wishes.look ?? (() => inside(listener('8080'), listener('9999', '0.0.0.0', { process: 'nc' })));
  const [asked, told] = [[] as string[], [] as string[]];
  const [metrics, log] = [rememberingMetrics(), rememberingLog()];
  const state = { authority: 'authority' in wishes ? wishes.authority : AUTHORITY };
  const time = virtualTime();
  let socketsChanged: (uid: string) => void = () => {};
  const announce = {
    pod: ({ namespace, name }: PodState, reason: string, message: string) => void told.push(`${namespace}/${name} ${reason}: ${message}`),
  };
  const watch = watchScans({
    authority: () => state.authority,
    means: {
      sweeps: inTurn(),
      sockets: {
        via: 'agent',
        sockets: async ({ uid }) => look(uid),
        nodes: () => [],
        watch: (changed) => {
          socketsChanged = changed;
          return async () => {
            socketsChanged = () => {};
          };
        },
      },
      scanner: {
        engine: 'nmap',
        scan: async (target) => {
          asked.push(`${target.address}: ${target.ports === 'all' ? 'all' : target.ports.map(formatPort).join(' ')}`);
          return answer(target);
        },
      },
    },
    listeners: [countFindings(metrics), alarmExposures({ announce, log })],
    clock: { now: () => new Date(time.now()) },
    later: time.later,
    log,
    limits: { ...SCAN_LIMITS, ...wishes.limits },
    settleMs: 2_000,
    periodMs: wishes.periodMs ?? 600_000,
  });
  return {
    ...{ state, watch, asked, told, log, metrics },
    ...{ time: time.now, later: time.later, rest: time.rest, pass: time.pass },
    change: (pod) => watch.podChanged(pod, false),
    gone: (pod) => watch.podChanged(pod, true),
    socketsChanged: (uid) => socketsChanged(uid),
  };
}
