import { expect, it } from 'vitest';
import { listAll } from '../../../src/adapters/kube/list.ts';
import { connect } from '../../../src/adapters/kube/transport.ts';
import { asRecord, textOf } from '../../../src/core/unknown.ts';
import { type FakeApi, sendStatus, startFakeApi } from '../../support/fake-api.ts';
import { serveCollection } from '../../support/fake-collection.ts';
import { failureOf } from '../../support/kube-failure.ts';

async function setUp() {
  const api = await startFakeApi();
  const things = serveCollection(api);
  for (let i = 0; i < 120; i += 1) things.put(`n${i}`);
  const transport = await connect(api.access, { version: '1', random: () => 0 });
  return {
    api,
    pages: () => things.lists().map(({ query }) => query.continue ?? 'first'),
    list: () => listAll(transport, { path: '/things' }),
    async [Symbol.asyncDispose]() {
      transport.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

const expire = (api: FakeApi) =>
  api.next(
    ({ query }) => query.continue !== undefined,
    (response) => sendStatus(response, 410, 'Expired', 'the provided continue parameter is too old'),
  );

it('a list that expires between two pages is begun anew, and has each object once', async () => {
  await using t = await setUp();
  expire(t.api);
  const names = (await t.list()).map((item) => textOf(asRecord(asRecord(item).metadata).name));
  expect(names).toEqual(Array.from({ length: 120 }, (_, index) => `n${index}`));
  expect(t.pages()).toEqual(['first', '100', 'first', '100']);
});

it('a list that expires each time is a failure after the third', async () => {
  await using t = await setUp();
  for (let time = 0; time < 3; time += 1) expire(t.api);
  expect(await failureOf(t.list())).toMatchObject({ status: 410, reason: 'Expired' });
  expect(t.pages()).toEqual(['first', '100', 'first', '100', 'first', '100']);
});
