import { describe, expect, it } from 'vitest';
import { execSockets } from '../../../src/adapters/kube/exec-sockets.ts';
import { KubeError } from '../../../src/adapters/kube/kube-error.ts';
import { CAT_OUTPUT, execPod, NO_CAT, type PodWorld, startPodWorld } from '../../support/exec-pods.ts';
import { sendStatus } from '../../support/fake-api.ts';
import { listener } from '../../support/scan.ts';

const POD = { namespace: 'shop', name: 'api', uid: 'uid-1' };
const NEVER = new AbortController().signal;
const SEEN = {
  known: true,
  via: 'exec',
  listeners: [listener('8080'), listener('53/UDP', '127.0.0.1')],
  cannotSee: 'processes',
};
const CAT = 'cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 /proc/net/sctp/eps /proc/sys/net/ipv4/ip_local_port_range';

async function look(prepare: (world: PodWorld) => void = () => {}) {
  await using world = await startPodWorld();
  prepare(world);
  return { view: await execSockets(world).sockets(POD, NEVER), ran: world.ran };
}

describe('the inside view by exec', () => {
  it('is one cat in the first container that runs', async () => {
    const prepare = (world: PodWorld) => world.put(execPod({ init: { terminated: {} }, main: { running: {} }, other: { running: {} } }));
    expect(await look(prepare)).toEqual({ view: SEEN, ran: [`main: ${CAT}`] });
  });

  it('goes on to the next container where one has no cat', async () => {
    const prepare = (world: PodWorld) => {
      world.put(execPod({ main: { running: {} }, shell: { running: {} }, third: { running: {} } }));
      world.answer(({ container }) => (container === 'main' ? NO_CAT : CAT_OUTPUT));
    };
    expect(await look(prepare)).toEqual({ view: SEEN, ran: [`main: ${CAT}`, `shell: ${CAT}`] });
  });

  it('begins with the container of an earlier scan', async () => {
    const added = {
      status: {
        containerStatuses: [
          { name: 'main', state: { running: {} } },
          { name: 'portcullis-scan-1', state: { running: {} } },
        ],
      },
    };
    const { ran } = await look((world) => world.put(execPod({}, added)));
    expect(ran).toEqual([`portcullis-scan-1: ${CAT}`]);
  });

  it('reads addresses in the order of the node that was named', async () => {
    await using world = await startPodWorld();
    const view = await execSockets({ ...world, byteOrder: () => 'BE' }).sockets(POD, NEVER);
    expect(view.known && view.listeners.map(({ address }) => address)).toEqual(['0.0.0.0', '1.0.0.127']);
  });

  it.each<[string, (world: PodWorld) => void, string]>([
    ['no container has cat', (world) => world.answer(() => NO_CAT), 'no container of the pod has cat'],
    ['no container runs', (world) => world.put(execPod({ main: { waiting: {} } })), 'no container of the pod runs'],
    [
      'the pod was replaced',
      (world) => world.put(execPod({}, { metadata: { uid: 'uid-2' } })),
      'the pod was replaced by another of its name',
    ],
    [
      'the caller may not look at the pod',
      (world) => world.api.otherwise((response) => sendStatus(response, 403, 'Forbidden', 'pods "api" is forbidden')),
      'GET /api/v1/namespaces/shop/pods/api: 403 pods "api" is forbidden',
    ],
    [
      'the caller may not run commands',
      (world) => world.answer(() => new KubeError('cat in shop/api: 403 pods "api" is forbidden', { status: 403, reason: 'Forbidden' })),
      'cat in shop/api: 403 pods "api" is forbidden',
    ],
    [
      'the output breaks off',
      (world) => world.answer(() => CAT_OUTPUT.slice(0, 300)),
      'container main: the output of cat broke off in /proc/net/tcp6',
    ],
    [
      'a line cannot be read',
      (world) => world.answer(() => CAT_OUTPUT.replace('00000000:1F90', 'what')),
      'container main: the table net/tcp has lines that cannot be read (1)',
    ],
  ])('is not known where %s', async (_, prepare, reason) => {
    expect((await look(prepare)).view).toEqual({ known: false, reason });
  });
});
