import { describe, expect, it } from 'vitest';
import { namesFor } from '../../../src/adapters/kube/ephemeral.ts';
import { ephemeralSockets } from '../../../src/adapters/kube/ephemeral-sockets.ts';
import { execPod, NO_CAT, type PodWorld, startPodWorld } from '../../support/exec-pods.ts';
import { sendStatus } from '../../support/fake-api.ts';
import { listener } from '../../support/scan.ts';

const POD = { namespace: 'shop', name: 'api', uid: 'uid-1' };
const NEVER = new AbortController().signal;
const IMAGE = 'registry.example/portcullis:1';
const [FIRST = '', SECOND = ''] = namesFor(IMAGE);
const SEEN = {
  known: true,
  via: 'ephemeral',
  listeners: [listener('8080'), listener('53/UDP', '127.0.0.1')],
  cannotSee: 'processes',
};

/** The pod with these ephemeral containers, in these states. */
function withEphemeral(states: Readonly<Record<string, object>>, fields: object = {}): object {
  return execPod(undefined, {
    spec: { containers: [{ name: 'main' }], ephemeralContainers: Object.keys(states).map((name) => ({ name })), ...fields },
    status: { ephemeralContainerStatuses: Object.entries(states).map(([name, state]) => ({ name, state })) },
  });
}

async function look(prepare: (world: PodWorld) => void) {
  await using world = await startPodWorld();
  prepare(world);
  const said: string[] = [];
  const source = ephemeralSockets({ ...world, image: IMAGE, everyMs: 1, startMs: 200, said: (line) => said.push(line) });
  const view = await source.sockets(POD, NEVER);
  const patches = world.api.seen.filter(({ method }) => method === 'PATCH');
  return { view, said, patches, ran: world.ran.map((line) => line.split(':')[0]) };
}

describe('the inside view from an ephemeral container', () => {
  it('adds one that can only look, waits until it runs, and looks', async () => {
    const { view, patches, ran, said } = await look((world) =>
      world.show(
        execPod(),
        withEphemeral({}),
        withEphemeral({ [FIRST]: { waiting: { reason: 'ContainerCreating' } } }),
        withEphemeral({ [FIRST]: { running: {} } }),
      ),
    );
    expect({ view, ran, said }).toEqual({ view: SEEN, ran: [FIRST], said: [] });
    expect(patches.map(({ path, headers, body }) => ({ path, type: headers['content-type'], body }))).toEqual([
      {
        path: '/api/v1/namespaces/shop/pods/api/ephemeralcontainers',
        type: 'application/strategic-merge-patch+json',
        body: {
          metadata: { uid: 'uid-1' },
          spec: {
            ephemeralContainers: [
              {
                name: FIRST,
                image: IMAGE,
                imagePullPolicy: 'IfNotPresent',
                command: ['sh', '-c', 'trap "exit 0" TERM; sleep 2147483647 & wait'],
                securityContext: {
                  runAsNonRoot: true,
                  runAsUser: 65532,
                  runAsGroup: 65532,
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                  seccompProfile: { type: 'RuntimeDefault' },
                },
              },
            ],
          },
        },
      },
    ]);
  });

  it('uses one again that runs, and waits for one that starts', async () => {
    const running = await look((world) => world.put(withEphemeral({ [FIRST]: { running: {} } })));
    const starting = await look((world) =>
      world.show(withEphemeral({ [FIRST]: { waiting: {} } }), withEphemeral({ [FIRST]: { running: {} } })),
    );
    expect([running, starting].map(({ view, patches, ran }) => ({ view, patches, ran }))).toEqual(
      Array(2).fill({ view: SEEN, patches: [], ran: [FIRST] }),
    );
  });

  it('adds a further one where the first has ended, and says so', async () => {
    const ended = { [FIRST]: { terminated: { reason: 'OOMKilled' } } };
    const { view, said, ran } = await look((world) =>
      world.show(withEphemeral(ended), withEphemeral({ ...ended, [SECOND]: { running: {} } })),
    );
    expect({ view, said, ran }).toEqual({
      view: SEEN,
      said: [
        `shop/api: the ephemeral container ${FIRST} (OOMKilled) has ended, and can never be started again or removed: a further one is added, ${SECOND}`,
      ],
      ran: [SECOND],
    });
  });

  it('has names of its own for each image', () => {
    expect([namesFor('a')[0] === namesFor('b')[0], FIRST, SECOND]).toEqual([
      false,
      expect.stringMatching(/^portcullis-scan-[0-9a-f]{8}$/),
      `${FIRST}-2`,
    ]);
  });

  const terminated = { terminated: { reason: 'Error' } };
  it.each<[string, (world: PodWorld) => void, string]>([
    [
      'both have ended',
      (world) => world.put(withEphemeral({ [FIRST]: terminated, [SECOND]: terminated })),
      `the ephemeral containers ${FIRST} (Error) and ${SECOND} (Error) have ended, and can never be started again or removed; another image, or a new pod, would do`,
    ],
    [
      'the pod is static',
      (world) => world.put(execPod({}, { metadata: { uid: 'uid-1', annotations: { 'kubernetes.io/config.mirror': 'a' } } })),
      'it is a static pod, which takes no ephemeral container',
    ],
    [
      'the pod is on the host network',
      (world) => world.put(execPod({}, { spec: { hostNetwork: true } })),
      'it is on the host network: a container in it would see the node',
    ],
    [
      'the pod is being deleted',
      (world) => world.put(execPod({}, { metadata: { uid: 'uid-1', deletionTimestamp: '2026-01-01T00:00:00Z' } })),
      'it is being deleted',
    ],
    [
      'its image cannot be pulled',
      (world) => world.put(withEphemeral({ [FIRST]: { waiting: { reason: 'ErrImagePull', message: 'not found' } } })),
      `the ephemeral container ${FIRST} does not start: ErrImagePull: not found`,
    ],
    [
      'it ends at once',
      (world) => world.show(withEphemeral({ [FIRST]: { waiting: {} } }), withEphemeral({ [FIRST]: terminated })),
      `the ephemeral container ${FIRST} ended at once: Error`,
    ],
    [
      'it does not start in time',
      (world) => world.put(withEphemeral({ [FIRST]: { waiting: { reason: 'ContainerCreating' } } })),
      `the ephemeral container ${FIRST} did not start within 200 ms: ContainerCreating`,
    ],
    [
      'the caller may not add one',
      (world) =>
        world.api.next(
          ({ method }) => method === 'PATCH',
          (response) => sendStatus(response, 403, 'Forbidden', 'no'),
        ),
      'PATCH /api/v1/namespaces/shop/pods/api/ephemeralcontainers: 403 no',
    ],
    [
      'the image has no cat',
      (world) => {
        world.put(withEphemeral({ [FIRST]: { running: {} } }));
        world.answer(() => NO_CAT);
      },
      `the image ${IMAGE} has no cat`,
    ],
  ])('is not known where %s', async (_, prepare, reason) => {
    expect((await look(prepare)).view).toEqual({ known: false, reason });
  });
});
