import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../cluster/wait.ts';
import { templateOf } from '../support/commands-on-server.ts';
import { installed } from '../support/install.ts';
import { eventsOfPod, type Row, scanned } from '../support/node-scan.ts';
import { podReady, startPod } from '../support/pods.ts';
import { sharedNode } from './shared.ts';

/** Every kind of listener that a pod may hold, seen by every way into it, in rows that are compared whole. */

const node = sharedNode();
const { api } = node;

const LONG = { timeout: 300_000 };
const NETCHECK = { name: 'main', image: 'localhost/netcheck:1', imagePullPolicy: 'Never' };
/** A server in Node; a probe that breaks off does not end it. */
const SERVER = `require('net').createServer((socket) => socket.on('error', () => {}))`;
const BASE = { name: 'main', image: 'localhost/base:1', imagePullPolicy: 'Never' };

beforeAll(() => installed(node), 900_000);

interface Fixture {
  readonly namespace: string;
  scan(...words: readonly string[]): ReturnType<typeof scanned>;
}

/** A namespace that the cluster only audits, so that no policy hides a port, and a template that permits 8080 on pods of `app: server`. */
async function fixture(): Promise<Fixture> {
  const namespace = await api.namespace();
  const template = templateOf(`  - {name: ${namespace}, rules: [{name: api, pods: {app: server}, ports: [8080]}]}\n`);
  return { namespace, scan: (pod, ...words) => scanned(api, [`${namespace}/${pod}`, ...words], template) };
}

async function start(namespace: string, name: string, spec: object): Promise<void> {
  const metadata = { name, labels: { app: 'server' } };
  await api.request('POST', `/api/v1/namespaces/${namespace}/pods`, { metadata, spec: { terminationGracePeriodSeconds: 0, ...spec } });
  await podReady(api, namespace, name);
}

const open: Row = { declared: false, listening: 'yes', addresses: ['0.0.0.0'], reachable: 'yes', hostNetwork: false };
const CANNOT_SEE: Readonly<Record<string, string>> = { agent: 'process names', exec: 'processes', ephemeral: 'processes' };
const rowOf =
  (inside: string) =>
  (port: string, fields: Row): Row => ({ ...open, port, seenBy: [inside, 'pod/nmap'], cannotSee: CANNOT_SEE[inside], ...fields });
const EXPOSED = { verdict: 'exposed', severity: 'violation', reason: 'open, though nobody authorized it' };
const API = { authorized: 'rule api, DIR/template.yaml:6', declared: true, verdict: 'authorized', severity: 'fine', reason: 'authorized' };

/** What stands in the pod without a shell: each kind of socket. */
const EACH_KIND = ['tcp:8080', 'tcp:[::]:8443', 'tcp:127.0.0.1:9000', 'pod:tcp:7000', 'udp:5353', 'udpclient:10.96.0.10:53'];

function eachKind(inside: string): readonly Row[] {
  const row = rowOf(inside);
  const unknown = 'listens, though nobody authorized it; whether a stranger reaches it is not known';
  return [
    row('5353/UDP', { reachable: 'unknown', verdict: 'unknown', severity: 'warning', reason: unknown }),
    row('7000/TCP', { addresses: ['POD'], ...EXPOSED }),
    row('8080/TCP', API),
    row('8443/TCP', { addresses: ['::'], ...EXPOSED }),
    row('9000/TCP', {
      ...{ listening: 'loopback', addresses: ['127.0.0.1'], reachable: 'no', verdict: 'local', severity: 'note' },
      reason: 'listens on loopback only: reachable for the containers of this pod',
    }),
    row('CLIENT/UDP', {
      ...{ reachable: 'unknown', verdict: 'unknown', severity: 'warning', reason: unknown },
    }),
  ];
}

describe('a scan of pods that really run', () => {
  it('tells each kind of socket of a pod without a shell: by the agent, not by exec, by an ephemeral container', LONG, async () => {
    const { namespace, scan } = await fixture();
    await start(namespace, 'bare', { containers: [{ ...NETCHECK, args: ['listen', ...EACH_KIND], ports: [{ containerPort: 8080 }] }] });
    expect((await scan('bare', '--inside', 'agent')).rows).toEqual({ bare: eachKind('agent') });
    const { ran, rows } = await scan('bare', '--inside', 'exec', '--outside', 'off');
    expect([ran.code, ran.err.split('\n').at(-2), rows]).toEqual([
      3,
      `${namespace}/bare, from inside: not known, because no container of the pod has cat`,
      { bare: [expect.objectContaining({ port: '8080/TCP', listening: 'unknown', verdict: 'unknown' })] },
    ]);
    const ways = ['--inside', 'ephemeral', '--image', 'localhost/base:1'];
    expect((await scan('bare', ...ways)).rows).toEqual({ bare: eachKind('ephemeral') });
  });

  it('looks into a pod with a shell by exec', LONG, async () => {
    const { namespace, scan } = await fixture();
    const listen = `for (const port of [8080, 9999]) ${SERVER}.listen(port, '0.0.0.0')`;
    await start(namespace, 'shell', { containers: [{ ...BASE, command: ['node', '-e', listen], ports: [{ containerPort: 8080 }] }] });
    const rowsBy = (inside: string) => ({ shell: [rowOf(inside)('8080/TCP', API), rowOf(inside)('9999/TCP', EXPOSED)] });
    const bothListen = async () => (await scan('shell', '--inside', 'exec')).rows;
    await expect.poll(bothListen, { timeout: 60_000 }).toEqual(rowsBy('exec'));
    expect((await scan('shell', '--inside', 'agent')).rows).toEqual(rowsBy('agent'));
  });

  it('tells the ports of a native sidecar', LONG, async () => {
    const { namespace, scan } = await fixture();
    const proxy = { ...NETCHECK, name: 'proxy', restartPolicy: 'Always', args: ['listen', 'tcp:15001'], ports: [{ containerPort: 15001 }] };
    await start(namespace, 'sidecar', { initContainers: [proxy], containers: [{ ...NETCHECK, args: ['pause'] }] });
    expect((await scan('sidecar')).rows).toEqual({ sidecar: [rowOf('agent')('15001/TCP', { declared: true, ...EXPOSED })] });
  });

  it('leaves out a pod that has ended', LONG, async () => {
    const { namespace, scan } = await fixture();
    const spec = { restartPolicy: 'Never', containers: [{ ...BASE, command: ['true'] }] };
    await api.request('POST', `/api/v1/namespaces/${namespace}/pods`, { metadata: { name: 'ended' }, spec });
    const phase = async () => (await api.request('GET', `/api/v1/namespaces/${namespace}/pods/ended`)).status as { phase: string };
    await until('the pod to end', async () => (await phase()).phase === 'Succeeded', { deadline: 60_000 });
    await expect(scan('ended')).rejects.toThrow(`not scanned: ${namespace}/ended: it has ended (Succeeded)`);
  });

  it('sees other ports after a restart', LONG, async () => {
    const { namespace, scan } = await fixture();
    // The first run leaves a file in the volume, which outlives the container; `go` ends a run.
    const program = `const fs = require('fs'); const again = fs.existsSync('/state/ran'); fs.writeFileSync('/state/ran', '');
      fs.rmSync('/state/go', {force: true}); ${SERVER}.listen(again ? 9002 : 9001, '0.0.0.0');
      setInterval(() => fs.existsSync('/state/go') && process.exit(0), 50)`;
    const container = { ...BASE, command: ['node', '-e', program], volumeMounts: [{ name: 'state', mountPath: '/state' }] };
    await start(namespace, 'restarts', { containers: [container], volumes: [{ name: 'state', emptyDir: {} }] });
    const rows = async () => (await scan('restarts')).rows;
    await expect.poll(rows, { timeout: 60_000 }).toEqual({ restarts: [rowOf('agent')('9001/TCP', EXPOSED)] });
    await api.kubectl(['exec', '--namespace', namespace, 'restarts', '--', 'touch', '/state/go']);
    await expect.poll(rows, { timeout: 90_000 }).toEqual({ restarts: [rowOf('agent')('9002/TCP', EXPOSED)] });
    const told = async () => (await eventsOfPod(api, { namespace, name: 'restarts' }, /^PortExposed$/)).map(({ note }) => note);
    await expect.poll(told, { timeout: 90_000 }).toContain('9002/TCP: open, though nobody authorized it');
  });

  it('sees what a debug container listens on', LONG, async () => {
    const { namespace, scan } = await fixture();
    const { name } = await startPod(api, { namespace, name: 'debugged' });
    const image = ['--image', 'localhost/netcheck:1', '--image-pull-policy', 'Never', '--container', 'look', '--profile', 'general'];
    const { code, stderr } = await api.kubectl([
      'debug',
      '-n',
      namespace,
      name,
      ...image,
      '--quiet',
      '--',
      '/netcheck',
      'listen',
      'tcp:6060',
    ]);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const rows = async () => (await scan(name)).rows;
    await expect.poll(rows, { timeout: 60_000 }).toEqual({ [name]: [rowOf('agent')('6060/TCP', EXPOSED)] });
    const told = async () => (await eventsOfPod(api, { namespace, name }, /^PortExposed$/)).map(({ note }) => note);
    await expect.poll(told, { timeout: 60_000 }).toEqual(['6060/TCP: open, though nobody authorized it']);
  });

  it('reports a port that opens long after the start, once', LONG, async () => {
    const { namespace } = await fixture();
    const pod = await startPod(api, { namespace, name: 'late', listens: ['after=20s,tcp:9999', 'after=30s,tcp:9998'] });
    const told = () => eventsOfPod(api, pod, /^PortExposed$/);
    // When the second port is told, the pod was looked at again, and the first one is not told anew.
    await expect.poll(async () => (await told()).length, { timeout: 120_000 }).toBe(2);
    const events = await told();
    expect(events.map(({ note, count }) => `${note} x${count}`)).toEqual([
      '9999/TCP: open, though nobody authorized it x1',
      '9998/TCP: open, though nobody authorized it x1',
    ]);
    const { stdout } = await api.kubectl(['logs', '--timestamps', '-n', namespace, pod.name]);
    const opened = stdout.split('\n').flatMap((line) => (line.includes('listening') ? [Date.parse(line.split(' ')[0] ?? '')] : []));
    const delays = events.map(({ at }, index) => `${((at.getTime() - (opened[index] ?? Number.NaN)) / 1000).toFixed(1)} s`);
    process.stderr.write(`from the opening of a port to its Event: ${delays.join(', ')}\n`);
  });
});
