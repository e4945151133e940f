import { type Api, startApi } from '../cluster/api.ts';
import { until } from '../cluster/wait.ts';
import { randomOf } from '../fuzz/random.ts';
import { configMapPath } from '../support/on-server.ts';
import { type Churn, makeChurn, VERSION } from './churn.ts';
import { differences } from './differences.ts';
import { READABLE, readHistory } from './history.ts';
import { type Cluster, carryOut, type Kill, type Outage, planKills } from './kills.ts';
import { startReplicas } from './replicas.ts';
import { type Amount, makeScript, type Step } from './script.ts';
import { judge, type Verdict } from './verdict.ts';
import { FIRST_VERSION, templateText } from './versions.ts';

export interface ChaosOptions extends Amount {
  readonly seed: number;
  readonly kills: number;
  /** A line for each kill. */
  say(line: string): void;
  /** What is going on now; often. */
  progress?(line: string): void;
}

/** One kill, and what came after it. */
export interface Recovery {
  readonly kill: Kill;
  /** Until every process was there again and a controller led. */
  readonly outageMs: number;
  /** From then, with the clients at rest, until the policies were what the template wants. */
  readonly settledMs: number;
}

export interface ChaosOutcome extends Verdict {
  readonly recoveries: readonly Recovery[];
  readonly counts: Churn['counts'];
  /** Of the template, after the first. */
  readonly edits: number;
  readonly seconds: number;
}

/** Wanted after each recovery. */
const RIGHT_WITHIN_MS = 10_000;
/** How much more it takes shall be seen. What is lost does not come in any time. */
const SETTLE_DEADLINE_MS = 300_000;

/**
 * Kills processes while clients change the cluster, and asks after each recovery whether the policies are what the template wants, and at the
 * end whether ever a pod was let in or ran that should not have. Throws where the policies do not become right.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosOutcome> {
  const api = await startApi({ serverFlags: READABLE });
  try {
    const replicas = await startReplicas(api, templateText(FIRST_VERSION));
    try {
      return await churnAndKill({ api, replicas }, options);
    } finally {
      await replicas.stop();
    }
  } finally {
    await api.stop();
  }
}

async function churnAndKill(cluster: Cluster, options: ChaosOptions): Promise<ChaosOutcome> {
  const { api } = cluster;
  const { seed } = options;
  const began = Date.now();
  const annotations = { [VERSION]: JSON.stringify(FIRST_VERSION) };
  await api.request('PATCH', configMapPath('portcullis-template'), { metadata: { annotations } });
  const script = makeScript(seed, options);
  const churn = makeChurn(api, script);
  try {
    return await rounds(cluster, { churn, script, options, began });
  } finally {
    churn.giveUp();
  }
}

type Run = Pick<Round, 'churn' | 'script' | 'options'> & { readonly began: number };

async function rounds(cluster: Cluster, { churn, script, options, began }: Run): Promise<ChaosOutcome> {
  const { api } = cluster;
  const { seed, kills, say } = options;
  const recoveries: Recovery[] = [];
  const outages: Outage[] = [];
  for (const [index, kill] of planKills(seed, kills).entries()) {
    const outage = await oneKill(cluster, { churn, script, kill, index, options });
    outages.push(outage);
    const recovery = { kill, outageMs: outage.end - outage.start, settledMs: await settled(api, outage.end) };
    recoveries.push(recovery);
    say(`${index + 1} of ${kills}, after ${churn.begun()} of ${script.length} steps: ${recoveryText(recovery)}`);
  }
  await churn.upTo(script.length);
  await settled(api, Date.now());
  const verdict = judge({ history: await readHistory(api), stored: churn.stored, outages });
  const edits = script.filter(({ step }) => step === 'edit template').length;
  return { ...verdict, recoveries, counts: churn.counts, edits, seconds: (Date.now() - began) / 1000 };
}

interface Round {
  readonly churn: Churn;
  readonly script: readonly Step[];
  readonly kill: Kill;
  readonly index: number;
  readonly options: ChaosOptions;
}

/** The clients take their part of the steps; at a step of chance the kill comes. Once all is there again they rest, and leave the others for later. */
async function oneKill(cluster: Cluster, { churn, script, kill, index, options }: Round): Promise<Outage> {
  const { seed, kills, progress = () => {} } = options;
  const random = randomOf(seed, 2 + index);
  const share = script.length / kills;
  const first = Math.floor(index * share);
  const killAt = first + random.below(Math.max(1, Math.floor(share / 2)));
  let isOver = false;
  const working = churn.upTo(Math.floor(first + share)).finally(() => {
    isOver = true;
  });
  working.catch(() => {}); // it is awaited below; the kill may fail before
  const isTime = async () => {
    progress(`${index + 1} of ${kills}: ${churn.begun()} of ${script.length} steps`);
    return isOver || churn.begun() >= killAt;
  };
  await until('the step of the kill', isTime, { deadline: 600_000 });
  progress(`${index + 1} of ${kills}: killed ${kill.kinds.join(' and ')}`);
  const outage = await carryOut(kill, cluster, random);
  churn.rest(); // what was lost must come right with nothing new to be told of
  await working;
  return outage;
}

/** Milliseconds from this moment until nothing differs. Throws with what does. */
async function settled(api: Api, since: number): Promise<number> {
  let lines: readonly string[] = [];
  const isRight = async () => {
    lines = await differences(api).catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
    return lines.length === 0;
  };
  await until('the policies that the template wants', isRight, { deadline: SETTLE_DEADLINE_MS }).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : error}\n${[...lines.slice(0, 10), `${lines.length} in all`].join('\n')}`);
  });
  return Date.now() - since;
}

/** A line for each recovery after which the policies were right too late. */
export function belatedRecoveries(recoveries: readonly Recovery[]): string[] {
  return recoveries.filter(({ settledMs }) => settledMs > RIGHT_WITHIN_MS).map((recovery) => `too late: ${recoveryText(recovery)}`);
}

function recoveryText({ kill, outageMs, settledMs }: Recovery): string {
  return `${kill.kinds.join(' and ')} killed, back after ${seconds(outageMs)}, policies right ${seconds(settledMs)} later`;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
