import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type Api, startApi } from '../test/cluster/api.ts';
import { documentOf } from '../test/support/parse-template.ts';
import { createNamespaces } from './namespaces.ts';
import { madeIn, type PolicyWatch, watchPolicies } from './policy-watch.ts';
import { cpuMs, startProduct } from './product.ts';
import { type BenchRow, figure } from './statistics.ts';

const NAMESPACES = 500;
const CLIENTS = 16;
const ROUNDS = 4;
/** What a controller does after the policies exist belongs to a pair as well. */
const REST_MS = 1_000;
const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces: [{name: flood-*}]\n');

interface Subject {
  readonly api: Api;
  readonly watch: PolicyWatch;
  readonly pid: number;
  readonly pairsPerSecond: number[];
  readonly cpuMsAPair: number[];
  stop(): Promise<void>;
}

/** Many namespaces at once: the controller beside one that only makes two policies, each on an API server of its own, in turns. No hooks. */
export async function benchFlood(): Promise<BenchRow[]> {
  const subjects: Subject[] = [];
  try {
    const bare = await start(startBare);
    subjects.push(bare);
    const product = await start(async (api) => {
      const { serving, stop } = await startProduct(api, { role: 'controller', template: TEMPLATE, hooks: false });
      return { pid: serving.process.pid, stop };
    });
    subjects.push(product);
    for (let round = 0; round < ROUNDS; round += 1) for (const subject of subjects) await flood(subject, round);
    const ratio = figure(product.pairsPerSecond.map((own, round) => own / (bare.pairsPerSecond[round] ?? Number.NaN)));
    const [ours, theirs] = [figure(product.pairsPerSecond), figure(bare.pairsPerSecond)];
    const [cpu, bareCpu] = [figure(product.cpuMsAPair), figure(bare.cpuMsAPair)];
    return [
      {
        what: `${NAMESPACES} namespaces from ${CLIENTS} clients, pairs a second, bare controller = 1`,
        measured: `${ratio.median.toFixed(2)} (${ours.median.toFixed(0)} beside ${theirs.median.toFixed(0)} a second), none lost`,
        goal: '>= 0.7, none lost',
        reached: ratio.median >= 0.7,
        data: { ratio, pairsPerSecond: ours, bare: theirs },
      },
      {
        what: `${NAMESPACES} namespaces from ${CLIENTS} clients, CPU a pair`,
        measured: `${cpu.median.toFixed(2)} ms (bare ${bareCpu.median.toFixed(2)} ms)`,
        goal: '<= 2 ms',
        reached: cpu.median <= 2,
        data: { cpu, bare: bareCpu },
      },
    ];
  } finally {
    for (const { stop } of subjects) await stop();
  }
}

type Started = Pick<Subject, 'pid'> & { stop(): Promise<void> };

async function start(run: (api: Api) => Promise<Started>): Promise<Subject> {
  const api = await startApi();
  const [{ pid, stop }, watch] = [await run(api), await watchPolicies(api)];
  return {
    api,
    watch,
    pid,
    pairsPerSecond: [],
    cpuMsAPair: [],
    stop: async () => {
      watch.stop();
      await stop();
      await api.stop();
    },
  };
}

async function startBare(api: Api): Promise<Started> {
  const child = fork(new URL('./bare-controller.ts', import.meta.url), [api.kubeconfig('admin')], { execArgv: ['--import', 'tsx'] });
  await once(child, 'message');
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill();
    },
  };
}

/** The first round warms both up and is not counted. Whoever loses one namespace runs into the deadline of the watch. */
async function flood({ api, watch, pid, pairsPerSecond, cpuMsAPair }: Subject, round: number): Promise<void> {
  const names = Array.from({ length: NAMESPACES }, (_, index) => `flood-${round}-${index}`);
  const all = watch.when(madeIn(NAMESPACES, 2));
  const [began, cpu] = [performance.now(), cpuMs(pid)];
  await createNamespaces(api, names, CLIENTS);
  const seconds = ((await all) - began) / 1000;
  await pause(REST_MS);
  if (round === 0) return;
  pairsPerSecond.push(NAMESPACES / seconds);
  cpuMsAPair.push((cpuMs(pid) - cpu) / NAMESPACES);
}
