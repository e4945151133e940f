import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Api, startApi } from '../cluster/api.ts';
import { seriesValue } from '../support/on-server.ts';
import { install, pointShippedWebhooks } from '../support/portcullis.ts';
import { type ProcessFigures, processFigures } from '../support/process-figures.ts';
import { secretFiles } from '../support/served-certificate.ts';
import { buildProgram, type Serving, startServing } from '../support/serving.ts';
import { soakTemplate, startChurn } from './churn.ts';
import { startReviews } from './reviews.ts';

/** How long, and how much. */
export interface SoakOptions {
  readonly seconds: number;
  /** Seconds that are not judged: compiled code and caches take their memory. */
  readonly warmUpSeconds: number;
  readonly reviewsPerSecond: number;
  /** Told of each sample. */
  readonly progress?: (sample: SoakSample) => void;
}

/** The process at a time, in seconds from the start. */
export interface SoakSample extends ProcessFigures {
  readonly at: number;
  readonly heapMiB: number;
}

export interface SoakResult {
  /** After the warm-up, one a second. */
  readonly samples: readonly SoakSample[];
  readonly reviews: { readonly answered: number; readonly failed: number };
  readonly churn: { readonly namespaces: number; readonly edits: number };
}

/** Gate and controller in one process, on a real API server whose namespaces really vanish, under reviews and churn. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const api = await startApi({ kcm: true });
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-soak-'));
  let serving: Serving | undefined;
  try {
    await install(api, soakTemplate(0));
    const words = ['--role', 'all', '--engine', 'off', '--kubeconfig', api.kubeconfig('portcullis-controller'), '--address', '127.0.0.1'];
    serving = await startServing({ program: await buildProgram(folder), folder, name: 'serve', words });
    return await soak(api, serving, options);
  } finally {
    await serving?.process.kill();
    await api.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function soak(api: Api, serving: Serving, options: SoakOptions): Promise<SoakResult> {
  const port = serving.gatePort ?? 0;
  await pointShippedWebhooks(api, port);
  const ca = (await secretFiles(api))?.['ca.crt'] ?? '';
  const reviews = startReviews({ port, ca }, options.reviewsPerSecond);
  const churn = startChurn(api);
  try {
    const samples = await observe(serving, options);
    return { samples: samples.filter(({ at }) => at >= options.warmUpSeconds), reviews: reviews.count, churn: churn.done };
  } finally {
    await reviews.stop();
    await churn.stop();
  }
}

async function observe(serving: Serving, { seconds, progress = () => {} }: SoakOptions): Promise<SoakSample[]> {
  const samples: SoakSample[] = [];
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  while (elapsed() < seconds) {
    const metrics = await (await fetch(`http://127.0.0.1:${serving.metricsPort}/metrics`)).text();
    const heapMiB = seriesValue(metrics, 'portcullis_nodejs_heap_size_used_bytes') / 1024 / 1024;
    const sample = { at: elapsed(), heapMiB, ...processFigures(serving.process.pid) };
    samples.push(sample);
    progress(sample);
    await pause(1_000);
  }
  return samples;
}
