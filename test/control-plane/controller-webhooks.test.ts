import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import type { ApiObject } from '../cluster/client.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import { SOON } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';

/** The two webhook configurations as the program sets them up. */

const COLLECTION = '/apis/admissionregistration.k8s.io/v1';
const CLOSED = ['pods.validate.portcullis.dev', 'policies.validate.portcullis.dev', 'validate.portcullis.dev'];

let api: Api;
let portcullis: Portcullis;

beforeAll(async () => {
  api = await startApi();
});

afterAll(async () => {
  await portcullis?.stop();
  await api?.stop();
});

interface Entry {
  readonly name: string;
  readonly failurePolicy: string;
  readonly clientConfig: { readonly caBundle?: string };
}

const KINDS = ['validating', 'mutating'] as const;
const shipped = (kind: string) =>
  load(readFileSync(new URL(`../../deploy/base/${kind}-webhook.yaml`, import.meta.url), 'utf8')) as ApiObject;
const path = (kind: string) => `${COLLECTION}/${kind}webhookconfigurations/portcullis`;

/** As `kubectl replace -f` does: the object as it ships, without a CA. */
async function replaceAll(): Promise<void> {
  for (const kind of KINDS) {
    const { code, stderr } = await api.kubectl(['replace', '-f', '-'], { stdin: JSON.stringify(shipped(kind)) });
    if (code !== 0) throw new Error(stderr);
  }
}

/** As `kubectl replace --force` does. */
async function deleteAndMake(): Promise<void> {
  for (const kind of KINDS) {
    await api.request('DELETE', path(kind));
    await api.request('POST', path(kind).replace('/portcullis', ''), shipped(kind));
  }
}

async function entries(): Promise<readonly Entry[]> {
  const objects = await Promise.all(KINDS.map((kind) => api.request('GET', path(kind))));
  return objects.flatMap(({ webhooks }) => webhooks as readonly Entry[]);
}

const bundles = async () => [...new Set((await entries()).map(({ clientConfig }) => clientConfig.caBundle))];
const closed = async () =>
  (await entries())
    .filter(({ failurePolicy }) => failurePolicy === 'Fail')
    .map(({ name }) => name)
    .sort();

/** Whether every entry trusts the CA of the program, and nothing else. */
async function trusted(): Promise<boolean> {
  const secret = await api.call({ method: 'GET', path: `/api/v1/namespaces/${OWN_NAMESPACE}/secrets/portcullis-certificates` });
  const { 'ca.crt': ca } = (secret.body.data ?? {}) as Readonly<Record<string, string>>;
  return ca !== undefined && (await bundles()).every((bundle) => bundle === ca);
}

const TEMPLATE = documentOf('mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop}\n');
/** The program looks at its own certificates every ten seconds; changes of the configurations it hears at once. */
const NEXT_LOOK = { ...SOON, timeout: 40_000 };

/** Program and shipped configurations, with the Services in them; nothing calls the gate in these tests but the program itself. */
async function start(failClosed: boolean, template?: string): Promise<void> {
  portcullis = await startPortcullis(api, {
    role: failClosed ? 'all' : 'controller',
    failClosed,
    ...(template === undefined ? {} : { template }),
  });
}

describe('the webhook configurations', () => {
  it('get the CA of the program in every entry, and again after `kubectl replace` took it away; nothing fails closed', async () => {
    for (const kind of KINDS) await api.request('POST', path(kind).replace('/portcullis', ''), shipped(kind));
    await start(false, TEMPLATE);
    await expect.poll(trusted, NEXT_LOOK).toBe(true);
    await replaceAll();
    await expect.poll(trusted, NEXT_LOOK).toBe(true);
    expect(await closed()).toEqual([]);
    await portcullis.stop();
  });

  it('get it back at once, however the manifests are applied again', async () => {
    await start(false, TEMPLATE);
    await expect.poll(trusted, NEXT_LOOK).toBe(true);
    const times: number[] = [];
    for (const change of [replaceAll, deleteAndMake, replaceAll, deleteAndMake, replaceAll]) {
      await change();
      const start = performance.now();
      await expect.poll(trusted, NEXT_LOOK).toBe(true);
      times.push(performance.now() - start);
    }
    // Without the watch each would last until the next look: five seconds in the middle.
    expect(times.filter((ms) => ms > 4_000)).toEqual([]);
    console.log(`webhook configurations right again, slowest of ${times.length}: ${Math.max(...times).toFixed(0)} ms`);
    await portcullis.stop();
  });

  it('are missed at once where they are deleted, and never made by the program', async () => {
    await start(false, TEMPLATE);
    for (const kind of KINDS) await api.request('DELETE', path(kind));
    const missed = async () => portcullis.log.some(({ message }) => message.startsWith('a webhook configuration is missing'));
    await expect.poll(missed, NEXT_LOOK).toBe(true);
    for (const kind of KINDS) expect((await api.call({ method: 'GET', path: path(kind) })).status).toBe(404);
    for (const kind of KINDS) await api.request('POST', path(kind).replace('/portcullis', ''), shipped(kind));
    await expect.poll(trusted, NEXT_LOOK).toBe(true);
    await portcullis.stop();
  });

  it('keep everything else as it ships', async () => {
    const objects = await Promise.all(KINDS.map((kind) => api.request('GET', path(kind))));
    for (const [index, kind] of KINDS.entries()) {
      expect(withoutAuthority(objects[index] ?? {})).toMatchObject(shipped(kind));
    }
  });

  it('fail closed in exactly three entries, once the gate is ready and where it was asked for', async () => {
    await start(true);
    await expect.poll(closed, NEXT_LOOK).toEqual(CLOSED);
    await replaceAll();
    await expect.poll(closed, NEXT_LOOK).toEqual(CLOSED);
    await portcullis.stop();
  });
});

function withoutAuthority(object: ApiObject): ApiObject {
  return JSON.parse(JSON.stringify(object, (key, value) => (key === 'caBundle' ? undefined : value)));
}
