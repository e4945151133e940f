import { beforeAll, expect, it } from 'vitest';
import { installed, succeed } from '../support/install.ts';
import { startPod, untilAnswers } from '../support/pods.ts';
import { freshName } from '../support/tenant.ts';
import { sharedNode } from './shared.ts';

/** The agent sees the sockets of every pod of its node: no pod but the controller's may even connect to it, at any of its ports. */

const node = sharedNode();
const { api } = node;

beforeAll(() => installed(node), 900_000);

const CONTROLLER = { 'app.kubernetes.io/name': 'portcullis', 'app.kubernetes.io/component': 'controller' };

it('the agent is shut to pods of tenants, also to one with the labels of the controller, and only by the policy', {
  timeout: 400_000,
}, async () => {
  const namespace = await api.namespace(freshName('stranger'));
  const stranger = await startPod(api, { namespace, name: 'stranger' });
  const impostor = await startPod(api, { namespace, name: 'impostor', labels: CONTROLLER });
  const address = await succeed(api, ['get', 'pods', '-n', 'portcullis-agent', '-o', 'jsonpath={.items[0].status.podIP}']);
  expect(address).toMatch(/^[\d.]+$/);
  const all = (answer: 'open' | 'closed') => Object.fromEntries([8081, 9443, 9444, 9445].map((port) => [`tcp ${address} ${port}`, answer]));
  await untilAnswers(api, stranger, all('closed'));
  await untilAnswers(api, impostor, all('closed'));
  await node.enforcement.without(() => untilAnswers(api, stranger, all('open')));
  await untilAnswers(api, stranger, all('closed'));
});
