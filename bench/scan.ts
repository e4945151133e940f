import { connectScanner } from '../src/adapters/scan/connect.ts';
import { findNmap } from '../src/adapters/scan/find-nmap.ts';
import { nmapScanner } from '../src/adapters/scan/nmap.ts';
import type { Scanner } from '../src/ports.ts';
import { type BenchRow, figure } from './statistics.ts';

const ROUNDS = 3;
/** Nobody else listens there, and the kernel refuses at once: what remains is the cost of the scanner. */
const TARGET = { address: '127.0.61.1', ports: 'all' } as const;
const SWEEP = 65_535;

/** Every TCP port of one address of loopback: the built-in scanner beside nmap, in turns. */
export async function benchScan(): Promise<BenchRow[]> {
  const nmap = await findNmap(process.env.PATH ?? '');
  if (nmap === undefined) return [{ what: WHAT, measured: 'nmap is not installed: nothing to compare with', goal: GOAL, data: {} }];
  const [built, theirs] = [connectScanner(), nmapScanner({ path: nmap.path })];
  const rounds: { readonly nmap: Sweep; readonly connect: Sweep }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push({ nmap: await sweep(theirs), connect: await sweep(built) });
  const ratio = figure(rounds.map(({ connect, nmap: beside }) => connect.seconds / beside.seconds));
  const [a, b] = [figure(rounds.map(({ connect }) => connect.seconds)), figure(rounds.map(({ nmap: beside }) => beside.seconds))];
  const cost = figure(rounds.map(({ connect }) => (connect.cpuSeconds * 1e6) / SWEEP));
  return [
    {
      what: WHAT,
      measured: `${ratio.median.toFixed(1)}x nmap (${ratio.min.toFixed(1)}-${ratio.max.toFixed(1)}); ${a.median.toFixed(1)} s beside ${b.median.toFixed(1)} s; ${cost.median.toFixed(0)} µs CPU a probe`,
      goal: GOAL,
      reached: Math.min(a.median, b.median) <= 2.5,
      data: { ratio, connectSeconds: a, nmapSeconds: b, connectMicrosecondsCpu: cost },
    },
  ];
}

const WHAT = 'outside view, all TCP ports of an open pod: the built-in scanner beside nmap';
const GOAL = '<= 2.5 s by one of them';

interface Sweep {
  readonly seconds: number;
  /** Our own CPU time: nmap is another process. */
  readonly cpuSeconds: number;
}

async function sweep(scanner: Scanner): Promise<Sweep> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const view = await scanner.scan(TARGET, new AbortController().signal);
  if (!view.known) throw new Error(`${scanner.engine}: ${view.reason}`);
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1_000, cpuSeconds: (user + system) / 1e6 };
}
