import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portcullisImage } from '../cluster/images.ts';
import { until } from '../cluster/wait.ts';
import { run, withFiles } from '../support/cli.ts';
import { rowsOf } from '../support/commands-on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { startPod } from '../support/pods.ts';
import { standIn } from '../support/stand-in.ts';
import { uninstalled } from '../support/uninstall.ts';
import { sharedNode } from './shared.ts';

/** `scan` and `run` where pods really run: into pods with and without `cat`, and from a pod against policies that are enforced. */

const node = sharedNode();
const { api } = node;

const OWN = 'portcullis-system';
const LISTENS = ['tcp:8080', 'tcp:9999', 'udp:5353'];

const AGENTS = 'portcullis-agent';

/** Other files of the tier may bring the real ones. */
async function takeAway(namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`;
  await api.call({ method: 'DELETE', path });
  const isGone = async () => (await api.call({ method: 'GET', path })).status === 404;
  await until(`the namespace ${namespace} to be gone`, isGone, { deadline: 60_000 });
}

beforeAll(async () => {
  await uninstalled(node);
  await node.importImages([await portcullisImage()]);
  await standIn(api, { namespace: OWN, component: 'controller' });
}, 600_000);

afterAll(() => takeAway(OWN), 90_000);

/** Runs a command with this template. */
function on(words: readonly string[], namespace: string) {
  const rules = '[{name: api, pods: {app: server}, ports: [8080]}]';
  const text = documentOf(`mode: enforce\nunlisted: off\nnamespaces: [{name: ${namespace}, rules: ${rules}}]\n`);
  return withFiles({ 'template.yaml': text }, (folder) =>
    run([...words, '-n', namespace, '--template', `${folder}/template.yaml`, '--kubeconfig', api.kubeconfig()], { folder }),
  );
}

/** The cells of a wide table that depend on no machine: port, listening, reachable, verdict, seen by. */
function facts(out: string, namespace: string): string[] {
  return rowsOf(out, namespace).map((row) => {
    const cells = row.split(' | ');
    return [2, 6, 7, 8, 9].map((index) => cells[index]).join(' | ');
  });
}

describe('scan on a node', () => {
  it('sees the sockets of a pod without cat only from an ephemeral container, which it keeps', { timeout: 240_000 }, async () => {
    const namespace = await api.namespace();
    await startPod(api, { namespace, name: 'server', labels: { app: 'server' }, listens: LISTENS });
    const blind = await on(['scan', '-o', 'wide', '--outside', 'off'], namespace);
    expect(blind.err.split('\n').at(-2)).toBe(
      `${namespace}/server, from inside: not known, because no container of the pod has cat (--inside ephemeral adds one that has)`,
    );
    const look = () => on(['scan', '-o', 'wide', '--outside', 'off', '--inside', 'ephemeral', '--image', 'localhost/base:1'], namespace);
    const seen = [
      '5353/UDP | * | unknown | unknown | ephemeral',
      '8080/TCP | * | unknown | undeclared | ephemeral',
      '9999/TCP | * | unknown | unknown | ephemeral',
    ];
    expect([facts((await look()).out, namespace), facts((await look()).out, namespace)]).toEqual([seen, seen]);
    // The container of the earlier scan has cat: now exec suffices.
    expect(facts((await on(['scan', '-o', 'wide', '--outside', 'off'], namespace)).out, namespace)[1]).toContain('exec');
    const { spec } = await api.request('GET', `/api/v1/namespaces/${namespace}/pods/server`);
    expect(spec).toMatchObject({ ephemeralContainers: [expect.objectContaining({ image: 'localhost/base:1' })] });
  });

  it('proves from a pod that the policies of run are enforced', { timeout: 240_000 }, async () => {
    const namespace = await api.namespace();
    await startPod(api, { namespace, name: 'server', labels: { app: 'server' }, listens: LISTENS });
    const ways = ['--inside', 'ephemeral', '--image', 'localhost/base:1'];
    const first = await withFiles({}, (folder) => on(['run', ...ways, '--policies', folder], namespace));
    expect([first.code, rowsOf(first.out.split('2. Policy files')[0] ?? '', namespace)]).toEqual([
      1,
      [`${namespace} | server | 5353 | UDP | ✗`, `${namespace} | server | 8080 | TCP | ✓`, `${namespace} | server | 9999 | TCP | ✗`],
    ]);
    const proof = `Enforcement: proven (9999/TCP of pod server listens and is shut, while 8080/TCP of pod server answers).`;
    let last = await on(['scan', '-o', 'wide', ...ways], namespace);
    await expect
      .poll(
        async () => {
          last = await on(['scan', '-o', 'wide', ...ways], namespace);
          return last.err;
        },
        { timeout: 60_000, interval: 500 },
      )
      .toContain(proof);
    expect([last.code, facts(last.out, namespace)]).toEqual([
      0,
      [
        '5353/UDP | * | unknown | unknown | ephemeral, pod/nmap',
        '8080/TCP | * | yes | undeclared | ephemeral, pod/nmap',
        '9999/TCP | * | no | contained | ephemeral, pod/nmap',
      ],
    ]);
  });

  it('asks the agent of the node first, where one runs', { timeout: 240_000 }, async () => {
    const namespace = await api.namespace();
    await startPod(api, { namespace, name: 'server', labels: { app: 'server' }, listens: LISTENS });
    const nobody = { runAsNonRoot: true, runAsUser: 65534, runAsGroup: 65534 };
    await standIn(api, { namespace: AGENTS, component: 'agent', spec: { hostPID: true, securityContext: nobody } });
    try {
      const { out, err } = await on(['scan', '-o', 'wide', '--outside', 'off'], namespace);
      expect([facts(out, namespace), err.split('\n')[0]]).toEqual([
        [
          '5353/UDP | * | unknown | unknown | agent',
          '8080/TCP | * | unknown | undeclared | agent',
          '9999/TCP | * | unknown | unknown | agent',
        ],
        'Scanning 1 pod in 1 namespace, no outside view was asked for, and from inside by the agents, else by exec',
      ]);
    } finally {
      await takeAway(AGENTS);
    }
  });
});
