import { afterAll, beforeAll, expect, it } from 'vitest';
import { installed, succeed } from '../support/install.ts';
import { configMapPath, putDocument } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Pod, podReady, startPod, untilAnswers } from '../support/pods.ts';
import { freshName, gateLabel } from '../support/tenant.ts';
import { sharedNode } from './shared.ts';

/** How long a port that the policies of its namespace shut is open at the start of a pod: measured, since no policy is there before its pod. */

const node = sharedNode();
const { api } = node;

const STARTS = 10;
const document = freshName('window');

beforeAll(() => installed(node), 900_000);
afterAll(async () => void (await api.call({ method: 'DELETE', path: configMapPath(document) })));

/** Connects to 9999 of addresses without a pause, and prints each change: milliseconds, address, whether it is open. */
const PROBER = `
const net = require('net');
for (const host of process.argv.slice(1)) {
  let was = false;
  const probe = () => {
    const socket = net.connect({ host, port: 9999 });
    let done = false;
    const end = (open) => {
      if (done) return;
      done = true;
      socket.destroy();
      if (open !== was) console.log(Date.now(), host, open);
      was = open;
      setTimeout(probe, 2);
    };
    socket.setTimeout(50, () => end(false)).on('connect', () => end(true)).on('error', () => end(false));
  };
  probe();
}`;

async function closedNamespace(): Promise<string> {
  const name = freshName('window');
  const entry = `{name: ${name}, rules: [{name: api, pods: {app: api}, ports: [8080]}]}`;
  await putDocument(api, document, documentOf(`mode: enforce\nunlisted: audit\nnamespaces: [${entry}]\n`));
  await api.namespace(name);
  await expect.poll(() => gateLabel(api, name), { timeout: 60_000 }).toBe('open');
  return name;
}

/** Probes the addresses that the next pods get: the node gives them out one after the other. */
async function startProber({ namespace, address }: Pod): Promise<string> {
  const [, front = '', last = ''] = /^(.*\.)(\d+)$/.exec(address) ?? [];
  const next = Array.from({ length: STARTS + 8 }, (_, index) => `${front}${((Number(last) + index) % 253) + 2}`);
  const container = { name: 'main', image: 'localhost/base:1', imagePullPolicy: 'Never', command: ['node', '-e', PROBER, ...next] };
  const spec = { containers: [container], terminationGracePeriodSeconds: 0 };
  await api.request('POST', `/api/v1/namespaces/${namespace}/pods`, { metadata: { name: 'prober' }, spec });
  await podReady(api, namespace, 'prober');
  const { status } = await api.request('GET', `/api/v1/namespaces/${namespace}/pods/prober`);
  return (status as { readonly podIP: string }).podIP;
}

/** The milliseconds from the first to the last answer of each address; absent: it never answered. */
function windowsOf(log: string): ReadonlyMap<string, number> {
  const opened = new Map<string, number>();
  const windows = new Map<string, number>();
  for (const line of log.split('\n')) {
    const [at, host = '', open] = line.split(' ');
    if (open === 'true' && !opened.has(host)) opened.set(host, Number(at));
    const since = opened.get(host);
    if (open === 'false' && since !== undefined) windows.set(host, Number(at) - since);
  }
  return windows;
}

it('ends with the port shut, each time', { timeout: 500_000 }, async () => {
  const namespace = await closedNamespace();
  const client = await startPod(api, { namespace: await api.namespace(), name: 'client' });
  const prober = await startProber(client);
  // It calls on the prober first: else the prober, which looked for it in vain, would ask for its hardware address once a second only.
  const listens = [`udpclient:${prober}:9`, 'tcp:8080', 'tcp:9999'];
  const pods: Pod[] = [];
  for (let start = 1; start <= STARTS; start += 1) {
    const pod = await startPod(api, { namespace, name: `late-${start}`, labels: { app: 'api' }, listens });
    await untilAnswers(api, client, { [`tcp ${pod.address} 8080`]: 'open', [`tcp ${pod.address} 9999`]: 'closed' });
    pods.push(pod);
  }
  const windows = windowsOf(await succeed(api, ['logs', '-n', client.namespace, 'prober']));
  const figures = pods.map(({ address }) => (windows.has(address) ? `${windows.get(address)} ms` : 'never open'));
  process.stderr.write(`a shut port was open at the start of its pod: ${figures.join(', ')}\n`);
});
