import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import autocannon from 'autocannon';
import { reviewBodies } from './review.ts';
import { type BenchRow, figure } from './statistics.ts';

const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 16;

interface Subject {
  readonly child: ChildProcess;
  readonly port: number;
  readonly requestsPerSecond: number[];
  readonly p99: number[];
  readonly cpuMs: number[];
}

/** The webhook server alone, beside a bare node:https server that parses and allows: rounds interleaved, the load from this process. */
export async function benchWebhook(): Promise<BenchRow[]> {
  const subjects = { bare: await start('bare'), gate: await start('gate') };
  try {
    for (const subject of Object.values(subjects)) await round(subject, 2);
    for (const subject of Object.values(subjects))
      for (const list of [subject.requestsPerSecond, subject.p99, subject.cpuMs]) list.length = 0;
    for (let i = 0; i < ROUNDS; i++) for (const subject of Object.values(subjects)) await round(subject, SECONDS);
  } finally {
    for (const { child } of Object.values(subjects)) child.kill();
  }
  const [bare, gate] = [subjects.bare, subjects.gate].map(({ requestsPerSecond, p99, cpuMs }) => ({
    requestsPerSecond: figure(requestsPerSecond),
    p99: figure(p99),
    cpuMs: figure(cpuMs),
  }));
  if (bare === undefined || gate === undefined) return [];
  const ratio = gate.requestsPerSecond.median / bare.requestsPerSecond.median;
  const cpuRatio = gate.cpuMs.median / bare.cpuMs.median;
  return [
    {
      what: 'webhook server, requests a second, bare node:https = 1',
      measured: `${ratio.toFixed(2)} (${(gate.requestsPerSecond.median / 1000).toFixed(1)}k/s)`,
      goal: '>= 0.85',
      reached: ratio >= 0.85,
      data: { bare, gate },
    },
    {
      what: 'webhook server, p99',
      measured: `${gate.p99.median.toFixed(1)} ms (bare ${bare.p99.median.toFixed(1)} ms)`,
      goal: '<= 5 ms',
      reached: gate.p99.median <= 5,
      data: {},
    },
    {
      what: 'webhook server, CPU a request',
      measured: `${gate.cpuMs.median.toFixed(3)} ms (${cpuRatio.toFixed(2)} of bare)`,
      goal: '<= 0.08 ms',
      reached: gate.cpuMs.median <= 0.08,
      data: {},
    },
  ];
}

async function start(kind: 'bare' | 'gate'): Promise<Subject> {
  const child = fork(new URL('./serve-webhook.ts', import.meta.url), [kind], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, port, requestsPerSecond: [], p99: [], cpuMs: [] };
}

async function round(subject: Subject, duration: number): Promise<void> {
  const requests = reviewBodies().map((body) => ({
    method: 'POST' as const,
    path: '/validate?timeout=3s',
    headers: { 'content-type': 'application/json' },
    body,
  }));
  const before = await cpu(subject.child);
  const result = await autocannon({ url: `https://127.0.0.1:${subject.port}`, connections: CONNECTIONS, duration, requests });
  const used = (await cpu(subject.child)) - before;
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} answers were not 200, ${result.errors} calls failed`);
  subject.requestsPerSecond.push(result.requests.average);
  subject.p99.push(result.latency.p99);
  subject.cpuMs.push(used / 1000 / result.requests.total);
}

/** Microseconds of CPU that the child used so far. */
async function cpu(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [{ cpu: usage }] = (await once(child, 'message')) as [{ cpu: NodeJS.CpuUsage }];
  return usage.user + usage.system;
}
