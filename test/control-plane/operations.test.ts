import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { fencedBlocks, readDocument, sectionOf } from '../docs/markdown.ts';
import { gatesOf, labelsOf, podObject, policiesOf, SOON } from '../support/on-server.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';
import { runShell } from '../support/shell.ts';

/** Docs/operations.md, followed on a real API server, from the first document of the template until nothing is left. */

const PAGE = readDocument('docs/operations.md');
/** The blocks of a section, also those inside of a list. */
const blocksOf = (heading: string) => fencedBlocks(sectionOf(PAGE, heading).replaceAll(/^ {3}/gm, ''));
const [KUSTOMIZATION = ''] = blocksOf('Install, in mode audit').filter((block) => block.startsWith('apiVersion'));
const [, BRING_DOCUMENT = ''] = blocksOf('Write the template');
const [ENFORCED_ENTRY = ''] = blocksOf('From audit to enforce');
const [SWITCH_OFF = '', LIST_POLICIES = '', REMOVE = '', REMOVE_LABELS = ''] = blocksOf('Uninstall');

let api: Api;
let folder: string;
let portcullis: Portcullis;

beforeAll(async () => {
  api = await startApi({ kcm: true });
  folder = await mkdtemp(join(tmpdir(), 'portcullis-operations-'));
  await cp(fileURLToPath(new URL('../../deploy', import.meta.url)), join(folder, 'deploy'), { recursive: true });
  await mkdir(join(folder, 'portcullis'));
  await writeFile(join(folder, 'portcullis', 'kustomization.yaml'), KUSTOMIZATION);
  portcullis = await startPortcullis(api);
  await applyInstalledTemplate();
  await api.namespace('shop');
}, 120_000);

afterAll(async () => {
  await portcullis?.stop();
  await api?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Lines of the page as a person types them, beside the folder `deploy`. */
async function type(lines: string): Promise<string> {
  const { code, stdout, stderr } = await runShell(lines, { folder, kubeconfig: api.kubeconfig(), programs: api.programs });
  expect({ lines, code, stderr: code === 0 ? '' : stderr }).toEqual({ lines, code: 0, stderr: '' });
  return stdout;
}

/** What `kubectl apply -k portcullis/` brings of the template; the rest would run in pods. */
async function applyInstalledTemplate(): Promise<void> {
  const objects = loadAll(await type('kubectl kustomize portcullis/')) as { kind: string }[];
  const template = objects.filter(({ kind }) => kind === 'ConfigMap');
  expect(template).toHaveLength(1);
  const { code, stderr } = await api.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(template[0]) });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('rror') });
}

const PAIR = ['portcullis-allow', expect.stringMatching(/^portcullis-allow-\w+$/), 'portcullis-block'];

async function bring(document: string): Promise<void> {
  await writeFile(join(folder, 'shop.yaml'), document);
  await type(BRING_DOCUMENT);
}

describe('the page', () => {
  it('names the image of the folder, and nothing of it is left to fill in', async () => {
    const objects = loadAll(await type('kubectl kustomize portcullis/')) as { kind: string }[];
    const images = [...JSON.stringify(objects).matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image);
    expect(images).toEqual(Array.from({ length: 3 }, () => 'registry.example.com/portcullis:0.1.0'));
  });

  it('enforces one namespace, by a document of its own beside the one that was installed', async () => {
    await bring(ENFORCED_ENTRY);
    await expect.poll(() => policiesOf(api, 'shop'), SOON).toEqual(PAIR);
  });

  it('opens it again with mode audit at its entry', async () => {
    await bring(ENFORCED_ENTRY.replace('mode: enforce', 'mode: audit'));
    await expect.poll(() => policiesOf(api, 'shop'), SOON).toEqual([]);
  });

  it('makes enforce the default with the overlay, which leaves the document as it is', async () => {
    await bring(ENFORCED_ENTRY.replace('      mode: enforce\n', ''));
    await writeFile(
      join(folder, 'portcullis', 'kustomization.yaml'),
      KUSTOMIZATION.replace('../deploy/base', '../deploy/overlays/enforce'),
    );
    await applyInstalledTemplate();
    await expect.poll(() => policiesOf(api, 'shop'), SOON).toEqual(PAIR);
  });

  it('leaves nothing behind', { timeout: 180_000 }, async () => {
    const pod = podObject('web', [8080], ['portcullis.dev/policies']);
    await api.request('POST', '/api/v1/namespaces/shop/pods', { ...pod, metadata: { ...pod.metadata, labels: { app: 'api' } } });
    await type(SWITCH_OFF);
    await expect.poll(() => type(LIST_POLICIES), SOON).toBe('');
    await expect.poll(() => gatesOf(api, 'shop', 'web'), SOON).toEqual([]);
    await portcullis.stop(); // its pods go with the namespace
    await type(REMOVE);
    await type(REMOVE_LABELS);
    expect(await labelsOf(api, 'shop')).toEqual({});
    const kinds =
      'namespaces,clusterroles,clusterrolebindings,networkpolicies,validatingwebhookconfigurations,mutatingwebhookconfigurations';
    const left = (await type(`kubectl get ${kinds} -A -o name`)).split('\n').filter((name) => name.includes('portcullis'));
    expect(left).toEqual([]);
  });
});
