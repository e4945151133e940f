import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority } from '../../../src/core/authority.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import { rowsOf } from '../../support/commands-on-server.ts';
import { type LiveObjects, type LivePod, startLiveCluster } from '../../support/live-cluster.ts';
import { documentOf, readTemplate } from '../../support/parse-template.ts';
import { startWorkload, type TestWorkload } from '../../support/workload.ts';

/** `scan` on a cluster whose pods are real listeners of this machine. */

let api: TestWorkload;

beforeAll(async () => {
  api = await startWorkload('127.0.43.1', 2);
});

afterAll(async () => api?.close());

const CONTROLLER: LivePod = {
  namespace: 'portcullis-system',
  name: 'controller-1',
  labels: { 'app.kubernetes.io/component': 'controller' },
  address: '127.0.43.9',
};
const [good, bad] = [() => api.ports[0] ?? 0, () => api.ports[1] ?? 0];
const pod = (): LivePod => ({
  namespace: 'shop',
  name: 'api',
  labels: { app: 'api' },
  address: api.address,
  ports: [good()],
  listens: [good(), bad()],
});
const template = () =>
  `mode: enforce\nunlisted: audit\nnamespaces:\n  - name: shop\n    rules: [{name: api, pods: {app: api}, ports: [${good()}]}]\n`;

async function scan(words: readonly string[], objects: Partial<LiveObjects> = {}) {
  await using cluster = await startLiveCluster({ pods: [pod(), CONTROLLER], template: template(), ...objects });
  return { ...(await cluster.run('scan', '--engine', 'connect', ...words)), ran: cluster.ran() };
}

describe('portcullis scan, of a cluster', () => {
  it('looks by exec and from the pod of the controller, by the template that is in force', async () => {
    const { code, out, err, ran } = await scan([]);
    expect([code, rowsOf(out, 'shop'), err.split('\n')]).toEqual([
      1,
      [`shop | api | ${good()} | TCP | ✓`, `shop | api | ${bad()} | TCP | ✗`],
      [
        'Scanning 1 pod in 1 namespace, from outside in the pod portcullis-system/controller-1 with connect, and from inside by exec (no agent runs)',
        '1 pod, 2 ports: 1 authorized, 1 exposed. Enforcement: not proven (its policies are not in place).',
        '',
      ],
    ]);
    const probe = 'controller-1: node /portcullis/dist/portcullis.js probe --engine connect';
    const look =
      'api: cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 /proc/net/sctp/eps /proc/sys/net/ipv4/ip_local_port_range';
    // The second time for the port alone that nobody authorized.
    expect(ran).toEqual([
      probe,
      look,
      expect.stringMatching(`^${probe} -- ${api.address.replaceAll('.', '\\.')}=.*,`),
      look,
      `${probe} -- ${api.address}=${bad()}/TCP`,
    ]);
  });

  it('calls policies that are in place and bind nothing what they are', async () => {
    const read = readTemplate(documentOf(template()));
    if (!read.ok) throw new Error('the template is not good');
    const authority = makeAuthority(read.template, 'portcullis-system');
    const { block, allow } = policyPair('shop', authority, { namespaces: ['default', 'portcullis-system', 'shop'], apiServer: [] });
    const { err } = await scan([], { policies: [block, ...allow] });
    expect(err.split('\n')[1]).toBe(
      `1 pod, 2 ports: 1 authorized, 1 exposed. Enforcement: NOT ENFORCED: ${bad()}/TCP of pod api answers at ${api.address}, though its policies are in place and none permits it.`,
    );
  });

  it('probes from here where no controller runs, and says what that proves', async () => {
    const { code, err, ran } = await scan(['shop/api', '-o', 'wide'], { pods: [pod()] });
    expect([code, err.split('\n'), ran.length]).toEqual([
      1,
      [
        'probing from this machine, which is no pod of the cluster: a node reaches its own pods whatever the policies say, and others may reach none (no controller of Portcullis runs in namespace portcullis-system)',
        'Scanning 1 pod in 1 namespace, from outside with the built-in connect scanner, and from inside by exec (no agent runs)',
        '1 pod, 2 ports: 1 authorized, 1 exposed. Enforcement: not proven (it was not probed from a pod).',
        '',
      ],
      2,
    ]);
  });

  it('shows in the wide table by which ways it was seen', async () => {
    const { out } = await scan(['api', '-o', 'wide']);
    expect(rowsOf(out, 'shop').map((row) => row.split(' | ').slice(-3).join(' '))).toEqual([
      'yes authorized exec, pod/connect',
      'yes exposed exec, pod/connect',
    ]);
  });

  it('does not know what listens where no container has cat, and says what would', { timeout: 60_000 }, async () => {
    const { listens: _, ...bare } = pod();
    const { err } = await scan(['-n', 'shop', '--outside', 'off'], { pods: [bare, CONTROLLER] });
    expect(err.split('\n').slice(1)).toEqual([
      '1 pod, 1 port: 1 unknown. Enforcement: not proven (it was not probed from a pod).',
      'shop/api, from inside: not known, because no container of the pod has cat (--inside ephemeral adds one that has)',
      '',
    ]);
  });

  it.each<[string, readonly string[], Partial<LiveObjects> | 'no template', number, string]>([
    ['a namespace that is not there', ['-n', 'nowhere'], {}, 2, 'no such namespace in the cluster: nowhere'],
    ['a pod that is not there', ['web'], {}, 2, 'no such pod in namespace shop: web'],
    [
      'an exempt namespace',
      ['portcullis-system/controller-1'],
      {},
      2,
      'namespace portcullis-system is exempt from the template: nothing is scanned there',
    ],
    [
      'a cluster without a template',
      [],
      'no template',
      2,
      'no template is in force in namespace portcullis-system: name a file with --template',
    ],
    [
      'a pod to probe from that is not there',
      ['--outside', 'pod'],
      { pods: [{ ...CONTROLLER, labels: {} }] },
      3,
      'no controller of Portcullis runs in namespace portcullis-system',
    ],
    ['agents that are not there', ['--inside', 'agent'], {}, 3, 'no agent runs in the cluster: --inside exec needs none'],
    [
      'ephemeral containers of no known image',
      ['--inside', 'ephemeral', '--outside', 'off'],
      { pods: [] },
      2,
      'no pod of Portcullis runs in the cluster: name an image that has sh, sleep and cat with --image',
    ],
  ])('refuses %s', async (_, words, objects, code, message) => {
    const there = { pods: [pod(), CONTROLLER] };
    const all = objects === 'no template' ? there : { ...there, template: template(), ...objects };
    await using cluster = await startLiveCluster(all);
    expect(await cluster.run('scan', '--engine', 'connect', ...words)).toEqual({ code, out: '', err: `portcullis: ${message}\n` });
  });
});
