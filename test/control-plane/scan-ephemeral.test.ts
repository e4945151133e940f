import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namesFor } from '../../src/adapters/kube/ephemeral.ts';
import { type Api, startApi } from '../cluster/api.ts';
import { entryOf, runOn, templateOf } from '../support/commands-on-server.ts';
import { configMapPath, SOON } from '../support/on-server.ts';

/** Ephemeral containers of a scan, as a real API server admits them. Nobody runs them: the test says what a kubelet would. */

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(async () => api?.stop());

const [FIRST = ''] = namesFor('registry.example/look:1');

/** The strictest profile of the Pod Security Standards, and a pod that keeps it. */
const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };
const POD = {
  metadata: { name: 'api', labels: { app: 'api' } },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'main',
        securityContext: {
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        },
      },
    ],
  },
};

describe('the ephemeral container of a scan', () => {
  it('is admitted where the restricted profile holds, is made once, and used again', { timeout: 120_000 }, async () => {
    const name = await api.namespace(undefined, RESTRICTED);
    const pods = `/api/v1/namespaces/${name}/pods`;
    await api.request('POST', pods, POD);
    const running = (container: string) => ({
      name: container,
      image: 'main',
      imageID: 'main',
      ready: true,
      restartCount: 0,
      containerID: `test://${container}`,
      state: { running: { startedAt: new Date().toISOString() } },
    });
    const say = (status: object) => api.request('PATCH', `${pods}/api/status`, { status });
    await say({ phase: 'Running', podIP: '127.0.41.9', podIPs: [{ ip: '127.0.41.9' }], containerStatuses: [running('main')] });
    const added = async () => {
      const { spec } = await api.request('GET', `${pods}/api`);
      const { ephemeralContainers = [] } = spec as { readonly ephemeralContainers?: readonly { readonly name: string }[] };
      return ephemeralContainers.map((one) => one.name);
    };
    const scan = () =>
      runOn(
        api,
        ['scan', `${name}/api`, '--inside', 'ephemeral', '--image', 'registry.example/look:1', '--outside', 'off'],
        templateOf(entryOf(name)),
      );
    const first = scan();
    await expect.poll(added, SOON).toEqual([FIRST]);
    await say({ ephemeralContainerStatuses: [running(FIRST)] });
    const seen = (err: string) => err.split('\n').at(-2);
    const reason = expect.stringMatching(
      `^${name}/api, from inside: not known, because cat in ${name}/api, container ${FIRST}: [45]\\d\\d `,
    );
    expect([seen((await first).err), seen((await scan()).err), await added()]).toEqual([reason, reason, [FIRST]]);
  });

  it('goes by the template that is in force in the cluster', async () => {
    const name = await api.namespace();
    await api.namespace('portcullis-system');
    const data = { 'template.yaml': templateOf(entryOf(name)) };
    await api.request('POST', configMapPath(), { metadata: { name: 'portcullis-template' }, data });
    expect((await runOn(api, ['scan', `${name}/api`])).err).toBe(`portcullis: no such pod in namespace ${name}: api\n`);
  });
});
