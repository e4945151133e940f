import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Api } from '../cluster/api.ts';
import { until } from '../cluster/wait.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { labelsOf } from './on-server.ts';
import { documentOf } from './parse-template.ts';
import { type Portcullis, pointShippedWebhooks, startPortcullis } from './portcullis.ts';
import { buildProgram, type Serving, startServing } from './serving.ts';

/** Webhooks as processes behind one address, and a controller: as deploy/base runs them, on a test's API server. */
export interface Replicas {
  /** In which the template authorizes 80/TCP alone; its policies are in place. */
  readonly namespace: string;
  readonly balancer: Balancer;
  /** Those that serve, the oldest first. */
  all(): readonly Serving[];
  /** Starts one more and waits until it is among those that get connections. */
  add(): Promise<Serving>;
  /** Sends SIGTERM, waits for its end and answers how it ended and after how many milliseconds. */
  end(replica: Serving): Promise<{ readonly code: number | null; readonly signal: string | null; readonly ms: number }>;
  /** Ends everything at once. */
  stop(): Promise<void>;
}

const NAMESPACE = 'shop';
const TEMPLATE = documentOf(`mode: enforce\nunlisted: off\nnamespaces:\n  - {name: ${NAMESPACE}, rules: [{ports: [80]}]}\n`);

/** A busy machine stands still for longer than the 3 s of deploy/base. A call that is lost does not come back in ten times that either. */
const TIMEOUT_SECONDS = 30;

/** Starts the controller and this many webhooks. Every entry of the configurations fails closed: a call that finds no webhook is a failed call. */
export async function startReplicas(api: Api, count: number): Promise<Replicas> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-replicas-'));
  const serving: Serving[] = [];
  const balancer = await startBalancer();
  let controller: Portcullis | undefined;
  let started = 0;
  const stop = async () => {
    await Promise.all(serving.splice(0).map(({ process }) => process.kill()));
    await controller?.stop();
    await balancer.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const program = await buildProgram(folder);
    controller = await startPortcullis(api, { role: 'controller', template: TEMPLATE });
    const words = ['--role', 'webhook', '--kubeconfig', api.kubeconfig('portcullis-webhook'), '--address', '127.0.0.1'];
    const add = async () => {
      started += 1;
      const one = await startServing({ program, folder, name: `webhook-${started}`, words });
      serving.push(one);
      await balancer.add(gateOf(one));
      return one;
    };
    for (let index = 0; index < count; index += 1) await add();
    await pointShippedWebhooks(api, balancer.port, { failurePolicy: 'Fail', timeoutSeconds: TIMEOUT_SECONDS });
    await api.namespace(NAMESPACE);
    const isInPlace = async () => (await labelsOf(api, NAMESPACE))['portcullis.dev/gate'] === 'open';
    await until(`the policies of ${NAMESPACE}`, isInPlace, { deadline: 30_000 });
    return {
      namespace: NAMESPACE,
      balancer,
      all: () => [...serving],
      add,
      async end(replica) {
        const start = performance.now();
        const ending = await replica.process.kill('SIGTERM');
        serving.splice(serving.indexOf(replica), 1);
        balancer.remove(gateOf(replica));
        return { ...ending, ms: performance.now() - start };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function gateOf({ gatePort, process }: Serving): number {
  if (gatePort === undefined) throw new Error(`${process.name} serves no gate`);
  return gatePort;
}
