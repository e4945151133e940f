import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeApi, startFakeApi } from '../../support/fake-api.ts';
import { answerHostile, HOSTILE, HOSTILE_FILE_NAME, type HostileAnswer } from '../../support/hostile.ts';
import { runProcess, SERVE_HERE } from '../../support/run-process.ts';
import { buildProgram } from '../../support/serving.ts';

/** The commands of which commands.test.ts says that they are processes: they run until they are stopped, and write a log. */

const BAD_TEMPLATE = `apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\n${JSON.stringify(HOSTILE_FILE_NAME)}: ${JSON.stringify(HOSTILE_FILE_NAME)}\n`;

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-hostile-'));
  program = await buildProgram(folder);
  await mkdir(join(folder, HOSTILE_FILE_NAME));
  await writeFile(join(folder, HOSTILE_FILE_NAME, `${HOSTILE_FILE_NAME}.yaml`), BAD_TEMPLATE);
  for (const name of ['tls.crt', 'tls.key', 'ca.crt']) await writeFile(join(folder, HOSTILE_FILE_NAME, name), HOSTILE_FILE_NAME);
}, 240_000);
afterAll(() => rm(folder, { recursive: true }));

/** Every line is either of our log, one JSON object, or begins with the name of the program. */
function expectHarmless(printed: string): void {
  const lines = printed.split('\n').filter((line) => line !== '');
  expect(lines).not.toEqual([]);
  expect(lines.filter((line) => !line.startsWith('{"level":') && !line.startsWith('portcullis: '))).toEqual([]);
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/u);
  for (const line of lines) if (line.startsWith('{')) JSON.parse(line);
  expect(lines.filter(({ length }) => length > 40_000)).toEqual([]);
}

async function kubeconfig(api: FakeApi): Promise<string> {
  const file = join(folder, 'kubeconfig');
  const config = {
    clusters: [{ name: 'c', cluster: { server: api.url, 'certificate-authority-data': Buffer.from(api.ca).toString('base64') } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: HOSTILE, context: { cluster: 'c', user: 'u', namespace: HOSTILE } }],
    'current-context': HOSTILE,
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

const AGENT = ['agent', '--host', '127.0.0.1', '--port', '0', '--health-port', '0', '--canary-permitted', '0', '--canary-denied', '0'];

describe('a process that others write to writes a line for each thing that it says, and nothing else', { timeout: 240_000 }, () => {
  it.each<HostileAnswer>(['objects', 'refusal', 'a page of a proxy', 'no JSON'])(
    'portcullis serve: %s of an API server',
    async (answer) => {
      await using api = await startFakeApi();
      answerHostile(api, answer, { 'portcullis-template': { [`${HOSTILE}.yaml`]: BAD_TEMPLATE } });
      const words = [...SERVE_HERE, '--certificates', join(folder, 'serving'), '--kubeconfig', await kubeconfig(api)];
      expectHarmless(await runProcess({ program, folder, words }, async (text) => text.includes('template refused')));
    },
  );

  it('portcullis serve: a template in files, and their names', async () => {
    const words = [
      ...SERVE_HERE,
      '--template',
      join(folder, HOSTILE_FILE_NAME),
      '--policies',
      join(folder, 'policies'),
      '--certificates',
      join(folder, 'serving'),
    ];
    const printed = await runProcess({ program, folder, words }, async (text) => text.includes('the gate listens on'));
    expectHarmless(printed);
    expect(printed).toContain('FORGED');
  });

  it('portcullis agent: its certificates, and the name of its node', async () => {
    const words = [...AGENT, '--node', HOSTILE_FILE_NAME, '--certificates', join(folder, HOSTILE_FILE_NAME)];
    const printed = await runProcess(
      { program, folder, words },
      async (text) => text.includes('need attention') && text.includes('started'),
    );
    expectHarmless(printed);
    expect(printed).toContain('FORGED');
  });

  it('portcullis agent: a folder that is none', async () => {
    const words = [...AGENT, '--node', 'n', '--once', '--proc', join(folder, HOSTILE_FILE_NAME, 'nothing')];
    const printed = await runProcess({ program, folder, words }, async () => false);
    expect(printed.split('\n').filter((line) => line.startsWith('FORGED'))).toEqual([]);
    expect(printed).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u);
  });
});
