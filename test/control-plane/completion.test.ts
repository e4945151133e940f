import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { run as runProgram } from '../cluster/proc.ts';
import { run } from '../support/cli.ts';

/** What only a cluster knows, at the prompt; and the same asked by a real kubectl, which finds the plugin on its PATH. */

let api: Api;
let folder: string;

beforeAll(async () => {
  api = await startApi();
  folder = await mkdtemp(join(tmpdir(), 'portcullis-plugin-'));
  await runProgram([process.execPath, 'build.mjs', join(folder, 'portcullis.js')], { timeout: 120_000 });
  for (const name of ['kubectl-portcullis', 'kubectl_complete-portcullis'])
    await symlink(join(folder, 'portcullis.js'), join(folder, name));
});

afterAll(async () => {
  await api?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function podIn(namespace: string, name: string): Promise<void> {
  const spec = { containers: [{ name: 'main', image: 'none' }], automountServiceAccountToken: false };
  await api.request('POST', `/api/v1/namespaces/${namespace}/pods`, { metadata: { name }, spec });
}

/** The ways to go on; the last word is at the cursor. */
async function complete(command: string, ...words: string[]): Promise<string[]> {
  const { out } = await run(['__complete', '--', command, '--kubeconfig', api.kubeconfig(), ...words]);
  return out.trimEnd().split('\n');
}

function kubectl(...words: string[]) {
  const env = { PATH: `${folder}:${process.env.PATH ?? ''}`, HOME: folder, KUBECONFIG: api.kubeconfig() };
  return runProgram([join(api.programs, 'kubectl'), ...words], { env, timeout: 60_000 });
}

describe('at the prompt', () => {
  it('the namespaces of the cluster are offered', async () => {
    const name = await api.namespace();
    expect(await complete('apply', name.slice(0, -1))).toContain(name);
    expect(await complete('scan', '-n', name)).toEqual([name, ':4']);
    expect(await complete('release', '--portcullis-namespace=kube-s')).toEqual(['--portcullis-namespace=kube-system', ':4']);
  });

  it('the pods of the namespace that is meant are offered', async () => {
    const name = await api.namespace();
    await podIn(name, 'api');
    await podIn(name, 'db');
    expect(await complete('scan', '-n', name, '')).toEqual(['api', 'db', ':4']);
    expect(await complete('scan', `${name}/a`)).toEqual([`${name}/api`, ':4']);
    expect(await complete('scan', name)).toEqual([`${name}/`, ':6']);
    expect(await complete('explain', '-n', name, 'd')).toEqual(['db', ':4']);
    expect(await complete('release', '-n', name, '')).toEqual(['pod/api', 'pod/db', ':4']);
  });
});

describe('kubectl with the plugin on its PATH', () => {
  it('runs it', async () => {
    const { code, stdout } = await kubectl('portcullis', 'policies', '--help');
    expect({ code, usage: stdout.split('\n')[0] }).toEqual({ code: 0, usage: 'Usage: kubectl portcullis policies [options]' });
    expect(stdout).toContain('  kubectl portcullis policies --template template.yaml ');
  });

  it('completes its commands, options and values', async () => {
    const commands = await kubectl('__complete', 'portcullis', '');
    expect(commands.stdout).toContain('check\tJudge manifests');
    expect(commands.stdout).toMatch(/\n:4\n$/);
    expect((await kubectl('__complete', 'portcullis', 'check', '--mode', '')).stdout).toBe('enforce\naudit\n:4\n');
    expect((await kubectl('__complete', 'portcullis', 'check', '--st')).stdout).toMatch(/^--strict\t.*\n:4\n$/);
  });

  it('completes the namespaces of its own cluster', async () => {
    const name = await api.namespace();
    expect((await kubectl('__complete', 'portcullis', 'apply', name)).stdout).toBe(`${name}\n:4\n`);
  });
});
