import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import {
  eventsOf,
  gatesOf,
  labelsOf,
  podObject,
  policiesOf,
  policyPath,
  putDocument,
  SCHEDULING_GATE,
  SOON,
} from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';

/** Pods wait until the policies of their namespace were observed, on a real API server with the hooks in force. */

let api: Api;
let portcullis: Portcullis;

beforeAll(async () => {
  api = await startApi();
  const template = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop-*, rules: [{ports: [80]}]}\n');
  portcullis = await startPortcullis(api, { template });
});

afterAll(async () => {
  await portcullis?.stop();
  await api?.stop();
});

const document = (name: string, mode: string) => documentOf(`namespaces:\n  - {name: ${name}, mode: ${mode}, rules: [{ports: [80]}]}\n`);
const isOpen = async (name: string) => (await labelsOf(api, name))['portcullis.dev/gate'] === 'open';
const makePod = (namespace: string, name: string, gates: readonly string[] = []) =>
  api.request('POST', `/api/v1/namespaces/${namespace}/pods`, podObject(name, [80], gates));

/** A namespace whose pair cannot be made: its block is somebody else's. */
async function stuckNamespace(document_: string): Promise<string> {
  const name = await api.namespace();
  await api.request('POST', policyPath(name), { metadata: { name: 'other' }, spec: { podSelector: {} } });
  await api.call({ method: 'POST', path: policyPath(name), body: foreignBlock });
  await putDocument(api, document_, document(name, 'enforce'));
  await expect.poll(() => policiesOf(api, name), SOON).toContain('portcullis-allow');
  await expect.poll(() => isOpen(name), SOON).toBe(false);
  return name;
}

const foreignBlock = { metadata: { name: 'portcullis-block' }, spec: { podSelector: {}, ingress: [{}] } };

describe('a pod', () => {
  it('that comes with its namespace waits at the gate or finds the pair, and then runs', async () => {
    const name = await api.namespace('shop-1');
    await makePod(name, 'web');
    await expect.poll(() => gatesOf(api, name, 'web'), SOON).toEqual([]);
    expect(await policiesOf(api, name)).toEqual(['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block']);
    await expect.poll(() => isOpen(name), SOON).toBe(true);
  });

  it('that waits is released when what stood in the way is gone, and was told of it; gates of others stay', async () => {
    const name = await stuckNamespace('stuck');
    await makePod(name, 'web', ['example.com/quota']);
    expect(await gatesOf(api, name, 'web')).toEqual(['example.com/quota', SCHEDULING_GATE]);
    await expect.poll(async () => (await eventsOf(api, name)).join('\n'), SOON).toContain('Pod web PolicyConflict: ');
    await api.request('DELETE', policyPath(name, 'portcullis-block'));
    await expect.poll(() => gatesOf(api, name, 'web'), SOON).toEqual(['example.com/quota']);
    await expect.poll(() => isOpen(name), SOON).toBe(true);
  });

  it.each(['audit', 'off'])('that waits is released when the mode goes to %s', async (mode) => {
    const name = await stuckNamespace(`to-${mode}`);
    for (const pod of ['web', 'api']) await makePod(name, pod);
    expect(await gatesOf(api, name, 'web')).toEqual([SCHEDULING_GATE]);
    await putDocument(api, `to-${mode}`, document(name, mode));
    for (const pod of ['web', 'api']) await expect.poll(() => gatesOf(api, name, pod), SOON).toEqual([]);
    await expect.poll(() => policiesOf(api, name), SOON).toEqual(['other', 'portcullis-block']);
  });

  it('loses its gate to nobody but the controller', async () => {
    const name = await stuckNamespace('guarded');
    await makePod(name, 'web');
    const lift = [{ op: 'remove', path: '/spec/schedulingGates/0' }];
    const { status, body } = await api.call({ method: 'PATCH', path: `/api/v1/namespaces/${name}/pods/web`, body: lift });
    expect([status, body.message]).toEqual([403, expect.stringContaining('portcullis.dev/policies')]);
  });
});

describe('the label that spares the mutating call', () => {
  it('is set after the pair was observed, goes when it is broken, and comes back with it', async () => {
    const name = await api.namespace('shop-2');
    await expect.poll(() => isOpen(name), SOON).toBe(true);
    expect(await policiesOf(api, name)).toEqual(['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block']);
    const before = writes(name).length;
    // As the controller, whom the hook does not see: somebody who came past it.
    await api.call({ method: 'DELETE', path: policyPath(name, 'portcullis-block'), user: 'portcullis-controller' });
    const policy = 'networkpolicies portcullis-block';
    await expect
      .poll(() => inTurn(writes(name).slice(before)).slice(0, 4), SOON)
      .toEqual([`delete ${policy}`, 'patch namespaces', `patch ${policy}`, 'patch namespaces']);
    await expect.poll(() => isOpen(name), SOON).toBe(true);
    expect(await policiesOf(api, name)).toEqual(['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block']);
  });

  it('is set at once where the mode is not enforce, and goes when it becomes enforce until the pair was observed', async () => {
    const name = await api.namespace();
    await expect.poll(() => isOpen(name), SOON).toBe(true);
    await api.call({ method: 'POST', path: policyPath(name), body: foreignBlock });
    await putDocument(api, 'later', document(name, 'enforce'));
    await expect.poll(() => isOpen(name), SOON).toBe(false);
    await makePod(name, 'web');
    expect(await gatesOf(api, name, 'web')).toEqual([SCHEDULING_GATE]);
    await api.request('DELETE', policyPath(name, 'portcullis-block'));
    await expect.poll(() => isOpen(name), SOON).toBe(true);
    await expect.poll(() => gatesOf(api, name, 'web'), SOON).toEqual([]);
  });

  it('is taken from somebody else who brings it along, cannot be changed by him, and comes back where he takes it away', async () => {
    const name = 'shop-3';
    await api.namespace(name, { 'portcullis.dev/gate': 'open' });
    await expect.poll(() => policiesOf(api, name), SOON).toEqual(['portcullis-allow', 'portcullis-allow-ingress', 'portcullis-block']);
    await expect.poll(() => isOpen(name), SOON).toBe(true);
    const label = (value: string | null) =>
      api.call({ method: 'PATCH', path: `/api/v1/namespaces/${name}`, body: { metadata: { labels: { 'portcullis.dev/gate': value } } } });
    const { status, body } = await label('ajar');
    expect([status, body.message]).toEqual([403, expect.stringContaining('only Portcullis sets the label portcullis.dev/gate')]);
    expect((await label(null)).status).toBe(200);
    await expect.poll(() => isOpen(name), SOON).toBe(true);
  });
});

/** Without immediate repetitions: a pass that begins before the watch has told does the same once more. */
function inTurn(words: readonly string[]): string[] {
  return words.filter((word, index) => word !== words[index - 1]);
}

/** What the controller's account wrote in a namespace, and to it, in order. */
function writes(namespace: string): string[] {
  return api.auditEvents().flatMap(({ verb, objectRef }) => {
    if (objectRef === undefined || ['get', 'list', 'watch'].includes(verb)) return [];
    const { resource, name = '' } = objectRef;
    if (resource === 'namespaces') return name === namespace ? [`${verb} namespaces`] : [];
    return resource === 'networkpolicies' && objectRef.namespace === namespace ? [`${verb} networkpolicies ${name}`] : [];
  });
}
