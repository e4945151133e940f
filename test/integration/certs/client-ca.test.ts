import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeClient } from '../../../src/adapters/certs/authority.ts';
import { readClientCa } from '../../../src/cli/serve/client-ca.ts';

/** What `serve --client-ca` takes. */

let folder: string;
let ca: string;
let client: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-client-ca-'));
  const authority = await makeAuthority(new Date());
  ca = authority.certificate;
  client = (await makeClient(authority, 'api-server', new Date())).certificate;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(text: string): Promise<string> {
  const file = join(folder, 'ca.crt');
  await writeFile(file, text);
  return readClientCa(file);
}

describe('the CA of callers', () => {
  it('is taken as it is, also two of them', async () => {
    expect(await read(ca)).toBe(ca);
    expect(await read(`${ca}${ca}`)).toBe(`${ca}${ca}`);
  });

  it.each([
    ['nothing', () => '', 'there is no certificate (PEM) in it'],
    ['a key', () => '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n', 'there is no certificate (PEM) in it'],
    ['the certificate of a client', () => client, 'name a CA; callers then show a certificate that it signed'],
    [
      'what only looks like one',
      () => '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n',
      'name a CA; callers then show a certificate that it signed',
    ],
  ])('is not %s: nobody could ask the gate', async (_, text, message) => {
    const file = join(folder, 'ca.crt');
    await expect(read(text())).rejects.toMatchObject({ name: 'CommandError', code: 2, message: `--client-ca ${file}: ${message}` });
  });

  it('must be there', async () => {
    const file = join(folder, 'none.crt');
    await expect(readClientCa(file)).rejects.toMatchObject({ name: 'CommandError', message: expect.stringContaining('ENOENT') });
  });
});
