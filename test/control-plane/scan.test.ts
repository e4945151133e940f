import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowName } from '../../src/core/pair/allow.ts';
import { type Api, startApi } from '../cluster/api.ts';
import { run, withFiles } from '../support/cli.ts';
import { entryOf, PAIR, rowsOf, runOn, templateOf, told } from '../support/commands-on-server.ts';
import { tcpListener } from '../support/listeners.ts';
import { configMapPath, eventsOf, podObject, policiesOf, seriesValue } from '../support/on-server.ts';
import { startPortcullis } from '../support/portcullis.ts';

/** The scan of pods that an API server knows. Nobody runs them: listeners of this test answer at their addresses. */

/** A sweep of one pod is 65,535 connections of this machine, which others use as well. */
const SWEEPS = { timeout: 90_000, interval: 100 };
const FROM_HERE =
  'probing from this machine, which is no pod of the cluster: a node reaches its own pods whatever the policies say, and others may reach none (no controller of Portcullis runs in namespace portcullis-system)';
const SELECTED = allowName({ matchLabels: { app: 'api' } }, 'ingress');

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(async () => api?.stop());

/** A pod on the API server whose container runs, as its kubelet would say, at an address of this machine. */
async function runningPod(namespace: string, address: string, ports: readonly number[]): Promise<string> {
  const pod = podObject('api', ports);
  await api.request('POST', `/api/v1/namespaces/${namespace}/pods`, { ...pod, metadata: { ...pod.metadata, labels: { app: 'api' } } });
  await letRun(namespace, address);
  return namespace;
}

function letRun(namespace: string, address: string): Promise<unknown> {
  const running = {
    name: 'main',
    image: 'main',
    imageID: 'main',
    ready: true,
    restartCount: 0,
    containerID: 'test://1',
    state: { running: { startedAt: new Date().toISOString() } },
  };
  const status = { phase: 'Running', podIP: address, podIPs: [{ ip: address }], containerStatuses: [running] };
  return api.request('PATCH', `/api/v1/namespaces/${namespace}/pods/api/status`, { status });
}

/** Listens on two free ports of the address, the lower first. */
async function listen(address: string): Promise<{ ports: [number, number]; close(): Promise<unknown> }> {
  const listeners = await Promise.all([tcpListener(address), tcpListener(address)]);
  const [low = 0, high = 0] = listeners.map(({ number }) => number).sort((a, b) => a - b);
  return { ports: [low, high], close: () => Promise.all(listeners.map((listener) => listener.close())) };
}

describe('portcullis scan and run, over pods of the cluster', () => {
  it('sweep the pod that runs, and not the one that waits', { timeout: 240_000 }, async () => {
    const address = '127.0.41.1';
    const { ports, close } = await listen(address);
    const [good, bad] = ports;
    try {
      const name = await runningPod(await api.namespace(), address, [good]);
      const waiting = podObject('waiting');
      await api.request('POST', `/api/v1/namespaces/${name}/pods`, waiting);
      const template = templateOf(entryOf(name, good));
      const seen = [`${name} | api | ${good} | TCP | ✓`, `${name} | api | ${bad} | TCP | ✗`];
      const engine = ['-n', name, '--engine', 'connect'];

      const scan = await runOn(api, ['scan', ...engine], template);
      expect([scan.code, scan.err.split('\n').filter((line) => !line.includes(' ports: '))]).toEqual([
        1,
        [
          FROM_HERE,
          'Scanning 1 pod in 1 namespace, from outside with the built-in connect scanner, and from inside by exec (no agent runs)',
          `not scanned: ${name}/waiting: no container of it runs yet`,
          // Nobody runs it: the words are those of the API server.
          expect.stringMatching(`^${name}/api, from inside: not known, because cat in ${name}/api, container main: [45]\\d\\d `),
          '',
        ],
      ]);
      expect(scan.err).toContain('Enforcement: not proven (it was not probed from a pod).');
      // Others may listen on every address of this machine.
      expect(rowsOf(scan.out, name)).toEqual(expect.arrayContaining(seen));

      await withFiles({ 'template.yaml': template }, async (folder) => {
        const words = ['run', ...engine, '--template', `${folder}/template.yaml`, '--policies', `${folder}/out`];
        const { code, out } = await run([...words, '--kubeconfig', api.kubeconfig()], { folder });
        const [scanned = '', written, applied, shown = ''] = out.split(/^\d\. .*\n/m).slice(1);
        expect([code, rowsOf(scanned, name)]).toEqual([1, expect.arrayContaining(seen)]);
        expect(written).toBe(`DIR/out/${name}-block.yaml written\nDIR/out/${name}-allow.yaml written\n\n`);
        // A pod runs there: what lets through comes first.
        const order = ['portcullis-allow', SELECTED, 'portcullis-block'];
        expect(applied).toBe(
          `${told(
            name,
            order.map((policy) => [policy, 'created']),
          )}\n`,
        );
        expect(rowsOf(shown, name)).toHaveLength(3);
        expect((await readdir(`${folder}/out`)).sort()).toEqual([`${name}-allow.yaml`, `${name}-block.yaml`]);
      });
      expect(await policiesOf(api, name)).toEqual([...PAIR].sort());
    } finally {
      await close();
    }
  });

  it('say that there is nothing to scan', async () => {
    const name = await api.namespace();
    expect(await runOn(api, ['scan', '-n', name, '--engine', 'connect'], templateOf(entryOf(name)))).toEqual({
      code: 2,
      out: '',
      err: `${FROM_HERE}\nScanning 0 pods in 0 namespaces, from outside with the built-in connect scanner, and from inside by exec (no agent runs)\nportcullis: no pod to scan: none runs outside of the exempt namespaces\n`,
    });
  });
});

describe('the scan after admission', () => {
  it('tells by an Event and a metric of a port that nobody authorized, once the pod runs', { timeout: 240_000 }, async () => {
    const address = '127.0.41.2';
    const { ports, close } = await listen(address);
    const [good, bad] = ports;
    const name = await api.namespace();
    const portcullis = await startPortcullis(api, { role: 'controller', engine: 'connect', template: templateOf(entryOf(name, good)) });
    try {
      const exposed = async () => seriesValue(await portcullis.metrics(), 'portcullis_findings{verdict="exposed"}');
      expect(await exposed()).toBe(0);
      await runningPod(name, address, [good]);
      const about = async (port: number) => (await eventsOf(api, name)).filter((event) => event.includes(`${port}/TCP`));
      await expect
        .poll(() => about(bad), SWEEPS)
        .toEqual([
          `Pod api PortExposed: ${bad}/TCP: answers, though nobody authorized it; what listens is not known: inside: the pod is on no node`,
        ]);
      expect([await about(good), (await exposed()) >= 1]).toEqual([[], true]);
      await api.request('DELETE', `/api/v1/namespaces/${name}/pods/api?gracePeriodSeconds=0`);
      await expect.poll(exposed, SWEEPS).toBe(0);
    } finally {
      await portcullis.stop();
      await close();
    }
  });

  it('looks at pods that ran before the template meant their namespace', { timeout: 240_000 }, async () => {
    const address = '127.0.41.3';
    const { ports, close } = await listen(address);
    const [good, bad] = ports;
    const name = await runningPod(await api.namespace(), address, [good]);
    const portcullis = await startPortcullis(api, { role: 'controller', engine: 'connect', template: templateOf(entryOf('nothing')) });
    try {
      const data = { 'template.yaml': templateOf(entryOf(name, good)) };
      await api.request('PATCH', configMapPath('portcullis-template'), { data });
      const exposed = async () => (await eventsOf(api, name)).some((event) => event.includes(`PortExposed: ${bad}/TCP`));
      await expect.poll(exposed, SWEEPS).toBe(true);
    } finally {
      await portcullis.stop();
      await close();
    }
  });
});
