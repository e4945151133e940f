import { isIPv6 } from 'node:net';
import type { OutsideView, Probe } from '../../core/finding.ts';
import { formatPort, type Port } from '../../core/port.ts';
import type { Scanner, ScanTarget } from '../../ports.ts';
import { readNmapXml } from './nmap-xml.ts';
import { type PortList, portList, refuseAddress } from './port-list.ts';
import { type ProcessEnd, runProcess } from './run-process.ts';

export interface NmapOptions {
  /** The program, as `findNmap` found it. */
  readonly path: string;
  /** Raw sockets may be used: UDP ports are probed as well. Default: no. */
  readonly udp?: boolean;
  /** Probes a second, at least and at most: without the first, 1,000 filtered ports take minutes; without the second, connection tables fill. */
  readonly rate?: { readonly min: number; readonly max: number };
  readonly retries?: number;
  /** Seconds for one address. */
  readonly hostTimeout?: number;
  /** Milliseconds for the whole run, should nmap not keep to its own limit. Default: the host timeout and 5 s. */
  readonly deadlineMs?: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
}

const ENGINE = 'nmap';

/** A report of 65,535 listed ports has about 10 MB. */
const OUTPUT_BYTES = 32 << 20;

/** What nmap needs beside the time for its host. */
const START_AND_REPORT_MS = 5_000;

/** Probes with an nmap that the user installed. A result counts only when it is whole; UDP without the right to probe it is unknown. */
export function nmapScanner(options: NmapOptions): Scanner {
  return {
    engine: ENGINE,
    async scan(target, signal) {
      const refused = refuseAddress(ENGINE, target.address);
      if (refused !== undefined) return refused;
      const list = portList(target.ports);
      const asked = [...list.tcp, ...(options.udp === true ? list.udp : [])];
      if (asked.length === 0) return { known: true, engine: ENGINE, probes: unasked(list, asked) };
      const end = await runProcess(options.path, nmapArguments(target, list, options), {
        signal,
        deadlineMs: options.deadlineMs ?? hostTimeoutOf(options) * 1000 + START_AND_REPORT_MS,
        outputBytes: OUTPUT_BYTES,
        graceMs: options.graceMs ?? 2_000,
      });
      return viewOf(end, asked, { list, address: target.address });
    },
  };
}

/** The command line. `--unprivileged`, unless UDP was asked: then the result does not depend on who runs it. One family a run. */
function nmapArguments({ address, ports }: ScanTarget, list: PortList, options: NmapOptions): string[] {
  const udp = options.udp === true && list.udp.length > 0;
  const rate = options.rate ?? { min: 5_000, max: 50_000 };
  return [
    ...(isIPv6(address) ? ['-6'] : []),
    ...['-n', '-Pn', '-T4'],
    ...(list.tcp.length > 0 ? ['-sT'] : []),
    ...(udp ? ['-sU', '--privileged', '--disable-arp-ping'] : ['--unprivileged']),
    ...['-p', ports === 'all' ? 'T:1-65535' : [...portText('T', list.tcp), ...portText('U', udp ? list.udp : [])].join(',')],
    ...['--min-rate', String(rate.min), '--max-rate', String(rate.max), '--max-retries', String(options.retries ?? 1)],
    ...['--host-timeout', `${hostTimeoutOf(options)}s`, '-oX', '-', address],
  ];
}

function hostTimeoutOf({ hostTimeout = 60 }: NmapOptions): number {
  return hostTimeout;
}

function portText(letter: string, ports: readonly Port[]): string[] {
  return ports.length === 0 ? [] : [`${letter}:${ports.map(({ number }) => number).join(',')}`];
}

function viewOf(
  end: ProcessEnd,
  asked: readonly Port[],
  { list, address }: { readonly list: PortList; readonly address: string },
): OutsideView {
  const reading = readNmapXml(end.stdout, asked, address);
  const failure = failureOf(end);
  if (reading.whole && failure === undefined) return { known: true, engine: ENGINE, probes: [...reading.probes, ...unasked(list, asked)] };
  const partial = reading.whole ? reading.probes : reading.partial;
  return { known: false, engine: ENGINE, reason: failure ?? (reading.whole ? '' : reading.reason), partial };
}

function failureOf({ failure, code, signal, stderr }: ProcessEnd): string | undefined {
  if (failure !== undefined) return `nmap: ${failure}`;
  if (signal !== null) return `nmap was killed by ${signal}`;
  if (code === 0) return undefined;
  const line = stderr.trim().split('\n')[0] ?? '';
  return `nmap exited with ${code}${line === '' ? '' : `: ${line}`}`;
}

function unasked(list: PortList, asked: readonly Port[]): Probe[] {
  const keys = new Set(asked.map(formatPort));
  const rest = [...list.udp, ...list.other].filter((port) => !keys.has(formatPort(port)));
  return rest.map((port) => ({ port, reachability: 'unknown' }));
}
