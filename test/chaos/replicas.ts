import type { Api } from '../cluster/api.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import { until } from '../cluster/wait.ts';
import { type Balancer, startBalancer } from '../support/balancer.ts';
import { install, pointShippedWebhooks } from '../support/portcullis.ts';
import { buildProgram, type Serving, startServing } from '../support/serving.ts';

export const WEBHOOKS = ['webhook-1', 'webhook-2'] as const;
export const CONTROLLERS = ['controller-1', 'controller-2'] as const;
export type ReplicaName = (typeof WEBHOOKS)[number] | (typeof CONTROLLERS)[number];

/** Portcullis as it is shipped: two gates behind one address, two controllers of which one leads. Each is a process of its own. */
export interface Replicas {
  /** As kill -9. The balancer finds out by itself. */
  kill(name: ReplicaName): Promise<void>;
  /** Starts it again, and waits until it works and, of a gate, is asked. */
  start(name: ReplicaName): Promise<void>;
  /** The controller that the Lease names; undefined where that process does not live, or the Lease cannot be read. */
  leader(): Promise<ReplicaName | undefined>;
  stop(): Promise<void>;
}

const DEADLINE = 60_000;
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OWN_NAMESPACE}/leases/portcullis-controller`;

/** Installs what deploy/base holds with this template, starts all four, and has every entry of the webhooks refuse where no gate answers. */
export async function startReplicas(api: Api, template: string): Promise<Replicas> {
  const program = await buildProgram(api.dir);
  await install(api, template);
  const balancer = await startBalancer();
  const replicas = replicasOf(api, program, balancer);
  try {
    for (const name of [...WEBHOOKS, ...CONTROLLERS]) await replicas.start(name);
    await until('a leader', async () => (await replicas.leader()) !== undefined, { deadline: DEADLINE });
    await pointShippedWebhooks(api, balancer.port, { failurePolicy: 'Fail' });
    return replicas;
  } catch (error) {
    await replicas.stop();
    throw error;
  }
}

/** None runs yet. */
function replicasOf(api: Api, program: string, balancer: Balancer): Replicas {
  const running = new Map<ReplicaName, Serving>();
  /** Of a gate that was killed, until its successor takes its place. */
  const left = new Map<ReplicaName, number>();
  let starts = 0;
  return {
    async kill(name) {
      const one = running.get(name);
      running.delete(name);
      if (one?.gatePort !== undefined) left.set(name, one.gatePort);
      await one?.process.kill();
    },
    async start(name) {
      const role = name.startsWith('webhook') ? 'webhook' : 'controller';
      const access = ['--kubeconfig', api.kubeconfig(`portcullis-${role}`), '--address', '127.0.0.1'];
      const words = ['--role', role, ...access, '--engine', 'off', '--stop-delay', '0'];
      starts += 1; // a log of its own: what its predecessor said must not be taken for its word
      const one = await startServing({ program, name: `${name}-${starts}`, folder: api.dir, words });
      running.set(name, one);
      balancer.remove(left.get(name) ?? 0);
      if (one.gatePort !== undefined) await balancer.add(one.gatePort);
    },
    leader: () => leaderOf(api, running),
    async stop() {
      await Promise.all([...running.values()].map(({ process }) => process.kill()));
      await balancer.stop();
    },
  };
}

/** A process says in its log under which name it holds the Lease. */
async function leaderOf(api: Api, running: ReadonlyMap<ReplicaName, Serving>): Promise<ReplicaName | undefined> {
  const answer = await api.call({ method: 'GET', path: LEASE, timeout: 2_000 }).catch(() => undefined);
  const spec = answer?.body.spec as { readonly holderIdentity?: string } | undefined;
  const holderOf = (one: Serving | undefined) => one?.log().findLast(({ msg }) => msg === 'leading')?.holder;
  return CONTROLLERS.find((name) => running.has(name) && holderOf(running.get(name)) === spec?.holderIdentity);
}
