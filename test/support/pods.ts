import type { ApiServer } from '../cluster/api-server.ts';
import { until } from '../cluster/wait.ts';
import { type Probed, probed } from './netcheck.ts';

/** A running pod of a node. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  /** The first of its addresses. */
  readonly address: string;
  /** One for each family of the cluster, IPv4 first. */
  readonly addresses: readonly string[];
}

export interface PodWish {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The sockets that it holds, in the words of `netcheck listen`: `tcp:8080`, `udp:53`. None: it only waits. */
  readonly listens?: readonly string[];
}

const DEADLINE = 60_000;

/** Runs a pod that listens, and waits until it is ready. What it listens on, it does not declare. */
export async function startPod(api: ApiServer, { namespace, name, labels = {}, listens = [] }: PodWish): Promise<Pod> {
  const args = listens.length === 0 ? ['pause'] : ['listen', ...listens];
  const container = { name: 'main', image: 'localhost/netcheck:1', imagePullPolicy: 'Never', args };
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  await api.request('POST', pods, { metadata: { name, labels }, spec: { containers: [container], terminationGracePeriodSeconds: 0 } });
  await podReady(api, namespace, name);
  const { status } = (await api.request('GET', `${pods}/${name}`)) as { readonly status: { readonly podIPs: readonly { ip: string }[] } };
  const addresses = status.podIPs.map(({ ip }) => ip);
  const [address] = addresses;
  if (address === undefined) throw new Error(`the pod ${namespace}/${name} has no address`);
  return { namespace, name, address, addresses };
}

/** Waits until a pod is ready; throws with kubectl's description of it when it is not in time. */
export async function podReady(api: Pick<ApiServer, 'request' | 'kubectl'>, namespace: string, name: string): Promise<void> {
  const isReady = async () => {
    const { status } = await api.request('GET', `/api/v1/namespaces/${namespace}/pods/${name}`);
    const { conditions = [] } = status as { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
    return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  };
  try {
    await until(`the pod ${namespace}/${name} to be ready`, isReady, { deadline: DEADLINE });
  } catch (error) {
    const { stdout } = await api.kubectl(['describe', 'pod', name, '--namespace', namespace]);
    throw new Error(`${error instanceof Error ? error.message : error}\n${stdout}`);
  }
}

/** Probes from inside of a pod: lines like `tcp 10.244.0.5 8080`. Never probe from the node: it reaches its pods whatever the policies say. */
export async function probeFrom(api: ApiServer, from: Pod, lines: readonly string[]): Promise<readonly Probed[]> {
  const command = ['exec', '--namespace', from.namespace, from.name, '--', '/netcheck', 'probe', ...lines];
  const { code, stdout, stderr } = await api.kubectl(command);
  if (code !== 0) throw new Error(`cannot probe from ${from.namespace}/${from.name}: ${stderr}`);
  return probed(stdout);
}

/**
 * Waits until the answers to probes are these: `open`, `refused` or `silent`, one for each line. A policy takes hold a moment after it is
 * written or its pod has started, and here a denied port is refused or, beyond a rate, silent: say `closed` for either.
 */
export async function untilAnswers(api: ApiServer, from: Pod, wanted: Readonly<Record<string, 'open' | 'closed'>>): Promise<void> {
  let seen: readonly Probed[] = [];
  const probe = async () => {
    seen = await probeFrom(api, from, Object.keys(wanted));
    const answers = seen.map(({ answer }) => (answer === 'refused' || answer === 'silent' ? 'closed' : answer));
    return answers.join() === Object.values(wanted).join();
  };
  await until(`the answers ${JSON.stringify(wanted)}`, probe, { deadline: DEADLINE }).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : error}\nlast seen: ${JSON.stringify(seen)}`);
  });
}
