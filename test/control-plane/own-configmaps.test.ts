import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { until } from '../cluster/wait.ts';
import { configMapPath, SOON } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';

/** What the controller writes down stays as it wrote it, whatever somebody else does to it, and nobody is fought with. */

const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop, rules: [{ports: [80]}]}\n');
const RECORDS = { accepted: 'portcullis-template-accepted', status: 'portcullis-status' };

let api: Api;
let portcullis: Portcullis;

beforeAll(async () => {
  api = await startApi();
  portcullis = await startPortcullis(api, { template: TEMPLATE });
  const isWritten = async (name: string) => (await contentOf(name)).data !== undefined;
  for (const name of Object.values(RECORDS)) await until(name, () => isWritten(name), { deadline: 30_000 });
}, 120_000);

afterAll(async () => {
  await portcullis?.stop();
  await api?.stop();
});

const contentOf = async (name: string) => {
  const { data, binaryData } = (await api.call({ method: 'GET', path: configMapPath(name) })).body;
  return { data, binaryData };
};
const putBack = () => portcullis.log.filter(({ message }) => message.endsWith('and is put back'));
const forgery = JSON.stringify([{ name: 'portcullis-template', documents: [{ document: 'template.yaml', text: 'mode: off\n' }] }]);

describe('what the controller writes down is undone soon where somebody', () => {
  const edits: readonly (readonly [string, string, object])[] = [
    ['puts another template in the place of the accepted one', RECORDS.accepted, { data: { 'groups.json': forgery } }],
    ['puts a packed template beside the accepted one', RECORDS.accepted, { binaryData: { 'groups.json.gz': 'eHh4' } }],
    ['empties the accepted template', RECORDS.accepted, { data: null }],
    ['says something else in the status', RECORDS.status, { data: { template: 'all is well' } }],
    ['adds to the status', RECORDS.status, { data: { note: 'mine' } }],
  ];
  it.each(edits)('%s', async (_sentence, name, edit) => {
    const before = await contentOf(name);
    const count = putBack().length;
    await api.request('PATCH', configMapPath(name), edit);
    await expect.poll(() => contentOf(name), SOON).toEqual(before);
    await expect.poll(() => putBack().length, SOON).toBe(count + 1);
  });

  it('and each of these edits was undone once: our own writes are no edits', () => {
    expect(putBack().map(({ fields }) => fields?.name)).toEqual(edits.map(([, name]) => name));
  });
});

it('a label of somebody stays, and an edit of the status beside it goes', async () => {
  const before = await contentOf(RECORDS.status);
  await api.request('PATCH', configMapPath(RECORDS.status), { metadata: { labels: { team: 'a' } } });
  await api.request('PATCH', configMapPath(RECORDS.status), { data: { note: 'mine' } });
  await expect.poll(() => contentOf(RECORDS.status), SOON).toEqual(before);
  expect((await api.request('GET', configMapPath(RECORDS.status))).metadata?.labels).toMatchObject({ team: 'a' });
});

it('a program that insists is answered five times and then once a second, and undone when it has ended', async () => {
  const before = await contentOf(RECORDS.status);
  const count = putBack().length;
  const start = performance.now();
  for (let n = 0; n < 100; n += 1) await api.request('PATCH', configMapPath(RECORDS.status), { data: { note: `${n}` } });
  await expect.poll(() => contentOf(RECORDS.status), SOON).toEqual(before);
  const seconds = (performance.now() - start) / 1_000;
  expect(putBack().length - count).toBeLessThanOrEqual(6 + seconds);
});
