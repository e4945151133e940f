import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type Api, startApi } from '../test/cluster/api.ts';
import { until } from '../test/cluster/wait.ts';
import { pointWebhooks } from '../test/cluster/webhook.ts';
import { podObject } from '../test/support/on-server.ts';
import { documentOf } from '../test/support/parse-template.ts';
import { startProduct } from './product.ts';
import { type BenchRow, figure } from './statistics.ts';

const ROUNDS = 300;
const WARM_UP = 50;
const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: gated, rules: [{ports: [8080]}]}\n');
/** The first two are namespaces that the shipped webhooks leave out: in one a pod meets no hook, in the other only one that allows everything. */
const NAMESPACES = { none: 'kube-system', bare: 'kube-public', hooks: 'gated' } as const;

/** One pod after the other through the API server: in a namespace with its pair and the hooks on, beside one without any hook. */
export async function benchPodCreation(): Promise<BenchRow[]> {
  const api = await startApi();
  const product = await startProduct(api, { role: 'all', template: TEMPLATE, hooks: true });
  const stopBare = await startBareHook(api);
  try {
    for (const namespace of [NAMESPACES.none, NAMESPACES.bare])
      await api.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } });
    await api.namespace(NAMESPACES.hooks);
    await until('the pair', () => isOpen(api), { deadline: 30_000 });
    const times: Record<keyof typeof NAMESPACES, number[]> = { none: [], bare: [], hooks: [] };
    for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
      for (const kind of ['none', 'bare', 'hooks'] as const) {
        const took = await createPod(api, NAMESPACES[kind], `pod-${round}`);
        if (round >= WARM_UP) times[kind].push(took);
      }
    }
    const [none, bare, hooks] = [figure(times.none), figure(times.bare), figure(times.hooks)];
    const ratio = hooks.median / none.median;
    return [
      {
        what: 'pod creation through the API server, hooks on, p50, no hook = 1',
        measured: `${ratio.toFixed(2)} (${hooks.median.toFixed(1)} beside ${none.median.toFixed(1)} ms; bare hook ${(bare.median / none.median).toFixed(2)})`,
        goal: '<= 1.40',
        reached: ratio <= 1.4,
        data: { none, bare, hooks },
      },
    ];
  } finally {
    stopBare();
    await product.stop();
    await api.stop();
  }
}

/** The label that spares the mutating call. */
async function isOpen(api: Api): Promise<boolean> {
  const { metadata } = await api.request('GET', `/api/v1/namespaces/${NAMESPACES.hooks}`);
  return metadata?.labels?.['portcullis.dev/gate'] === 'open';
}

/** Milliseconds. */
async function createPod(api: Api, namespace: string, name: string): Promise<number> {
  const start = performance.now();
  await api.request('POST', `/api/v1/namespaces/${namespace}/pods`, podObject(name, [8080]));
  return performance.now() - start;
}

/** A hook that parses and allows. */
async function startBareHook(api: Api): Promise<() => void> {
  const child = fork(new URL('./serve-webhook.ts', import.meta.url), ['bare'], { execArgv: ['--import', 'tsx'] });
  const [server] = (await once(child, 'message')) as [{ port: number; ca: string }];
  const webhook = {
    name: 'bare.bench.test',
    clientConfig: { url: 'https://127.0.0.1:1/validate' },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'], scope: 'Namespaced' }],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACES.bare } },
    failurePolicy: 'Fail',
    sideEffects: 'None',
    timeoutSeconds: 3,
    admissionReviewVersions: ['v1'],
  };
  await pointWebhooks(api, server, [{ kind: 'ValidatingWebhookConfiguration', metadata: { name: 'bare' }, webhooks: [webhook] }]);
  return () => void child.kill();
}
