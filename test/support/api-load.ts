import { setTimeout as pause } from 'node:timers/promises';
import type { ApiServer } from '../cluster/api-server.ts';
import type { Answer, Call } from '../cluster/client.ts';
import { podObject } from './on-server.ts';

/** Calls of a real API server, one after the other from several workers, each of which passes through the webhooks. */
export interface ApiLoad {
  /** Calls answered so far. */
  calls(): number;
  /** What was answered otherwise than the template says, a line each: empty as long as no call of a webhook failed. */
  readonly failed: readonly string[];
  /** Milliseconds of each call so far. */
  readonly times: readonly number[];
  /** Ends after the calls under way. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** A namespace in which the template authorizes 80/TCP alone, with its policies in place. */
  readonly namespace: string;
  readonly workers: number;
  /** Milliseconds between two calls of a worker. */
  readonly restMs: number;
}

/** One call, the status that it must have, and a word that its answer must hold. */
interface Step {
  readonly call: Call;
  readonly status: number;
  readonly says?: string;
}

/** Starts at once. */
export function startLoad(api: ApiServer, { namespace, workers, restMs }: LoadOptions): ApiLoad {
  const failed: string[] = [];
  const times: number[] = [];
  let stopping = false;
  const work = async (worker: number) => {
    for (let round = 0; !stopping; round += 1) {
      for (const step of roundOf(namespace, `load-${worker}-${round}`)) {
        const start = performance.now();
        const problem = await problemOf(api, step);
        times.push(performance.now() - start);
        if (problem !== undefined) failed.push(`${step.call.method} ${step.call.path}: ${problem}`);
        await pause(restMs);
      }
    }
  };
  const working = Array.from({ length: workers }, (_, index) => work(index));
  return {
    calls: () => times.length,
    failed,
    times,
    async stop() {
      stopping = true;
      await Promise.all(working);
    },
  };
}

/** A pod is tried, made, changed, and refused; a namespace is tried, which asks the mutating webhook as well. */
function roundOf(namespace: string, name: string): readonly Step[] {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const labels = { metadata: { labels: { round: name } } };
  const trial = '?dryRun=All';
  return [
    { call: { method: 'POST', path: `${pods}${trial}`, body: podObject(name, [80]) }, status: 201 },
    { call: { method: 'POST', path: pods, body: podObject(name, [80]) }, status: 201 },
    { call: { method: 'PATCH', path: `${pods}/${name}`, body: labels }, status: 200 },
    { call: { method: 'PATCH', path: `${pods}/${name}${trial}`, body: { metadata: { labels: { other: name } } } }, status: 200 },
    { call: { method: 'POST', path: pods, body: podObject(`${name}-bad`, [81]) }, status: 403, says: '81/TCP' },
    { call: { method: 'POST', path: `/api/v1/namespaces${trial}`, body: { metadata: { name } } }, status: 201 },
    { call: { method: 'DELETE', path: `${pods}/${name}?gracePeriodSeconds=0` }, status: 200 },
  ];
}

async function problemOf(api: ApiServer, { call, status, says = '' }: Step): Promise<string | undefined> {
  try {
    const answer: Answer = await api.call(call);
    return answer.status === status && answer.text.includes(says) ? undefined : `${answer.status} ${answer.body.message ?? answer.text}`;
  } catch (error) {
    return String(error);
  }
}

/** The figures of a load as people read them. */
export function loadFigures({ times, failed }: ApiLoad): { readonly what: string; readonly value: string }[] {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0)} ms`;
  return [
    { what: 'calls of the API server, each through the webhooks', value: `${times.length}` },
    { what: 'failed calls', value: `${failed.length}` },
    { what: 'time of a call: p50, p99, longest', value: `${at(0.5)}, ${at(0.99)}, ${at(1)}` },
  ];
}
