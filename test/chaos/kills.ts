import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../cluster/api.ts';
import { ChildEnded, until } from '../cluster/wait.ts';
import { type Random, randomOf } from '../fuzz/random.ts';
import { CONTROLLERS, type Replicas, WEBHOOKS } from './replicas.ts';

export const KINDS = ['webhook', 'controller', 'etcd', 'api-server'] as const;
export type Kind = (typeof KINDS)[number];

/** Processes that die together, and for how long nobody starts them again. */
export interface Kill {
  readonly kinds: readonly Kind[];
  readonly downMs: number;
}

const LONGEST_DOWN_MS = 3_000;

/** Each kind once in four kills, in an order of chance; every fourth kill takes another process along. */
export function planKills(seed: number, count: number): Kill[] {
  const random = randomOf(seed, 1);
  const kills: Kill[] = [];
  let left: Kind[] = [];
  while (kills.length < count) {
    if (left.length === 0) left = [...KINDS];
    const [kind = 'webhook'] = left.splice(random.below(left.length), 1);
    const other = random.pick(KINDS);
    const kinds = random.oneIn(4) && other !== kind ? [kind, other] : [kind];
    kills.push({ kinds, downMs: random.below(LONGEST_DOWN_MS) });
  }
  return kills;
}

/** When a kill began, and when every process was there again; milliseconds of Date.now(). */
export interface Outage {
  readonly start: number;
  readonly end: number;
}

const DEADLINE = 60_000;

export interface Cluster {
  readonly api: Api;
  readonly replicas: Replicas;
}

/** Kills as kill -9 does, and starts again. Recovered is: the API server answers from etcd, every gate is ready, and a controller leads. */
export async function carryOut({ kinds, downMs }: Kill, cluster: Cluster, random: Random): Promise<Outage> {
  const start = Date.now();
  const victims = await Promise.all(kinds.map((kind) => victim(kind, cluster, random)));
  await Promise.all(victims.map(({ kill }) => kill()));
  await pause(downMs);
  for (const { restart } of victims.toSorted((a, b) => a.order - b.order)) await restart();
  await until('a controller to lead', async () => (await cluster.replicas.leader()) !== undefined, { deadline: DEADLINE });
  return { start, end: Date.now() };
}

/** `order`: an API server does not start without etcd, nor Portcullis without an API server. */
interface Victim {
  readonly order: number;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

async function victim(kind: Kind, { api, replicas }: Cluster, random: Random): Promise<Victim> {
  switch (kind) {
    case 'etcd':
      return { order: 0, kill: api.killEtcd, restart: api.startEtcd };
    case 'api-server':
      return { order: 1, kill: api.stopServer, restart: () => startServer(api) };
    case 'webhook': {
      const name = random.pick(WEBHOOKS);
      return { order: 2, kill: () => replicas.kill(name), restart: () => replicas.start(name) };
    }
    case 'controller': {
      const name = (await replicas.leader()) ?? random.pick(CONTROLLERS);
      return { order: 2, kill: () => replicas.kill(name), restart: () => replicas.start(name) };
    }
  }
}

const STARTS = 3;

/** On a busy machine the API server gives up by itself when its own first calls take too long: then it is started again, as a kubelet does. */
async function startServer({ startServer, stopServer }: Api): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startServer();
    } catch (error) {
      if (!(error instanceof ChildEnded) || attempt === STARTS) throw error;
      await stopServer();
    }
  }
}
