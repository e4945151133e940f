import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyFolder } from '../../src/adapters/files/policy-folder.ts';
import { readDocuments } from '../../src/adapters/yaml/read.ts';
import { writeDocuments } from '../../src/adapters/yaml/write.ts';
import { policyPair } from '../../src/core/policy-pair.ts';
import { authorityOf, entry, ranges, ruleIn } from '../support/template.ts';
import { policyStoreContract } from './policy-store.ts';

const YAML = { read: readDocuments, write: writeDocuments };

policyStoreContract('the folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-policies-'));
  let namespaces = 0;
  return {
    store: policyFolder(folder, YAML),
    namespace: async () => `ns-${++namespaces}`,
    stop: () => rm(folder, { recursive: true }),
  };
});

describe('the files of a folder', () => {
  let root = '';
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'portcullis-policies-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  const rules = ['api', 'db', 'web'].map((app) => ruleIn({ name: app, pods: { matchLabels: { app } }, ports: ranges('80') }));
  const pair = policyPair('shop', authorityOf([entry('shop', { rules })]), { namespaces: ['shop'], apiServer: [] });
  const policies = [pair.block, ...pair.allow];

  it('are the same to the byte, whatever the order and the company of the writes', async () => {
    const folders = ['one', 'two'].map((name) => join(root, name));
    const [first, second] = folders.map((folder) => policyFolder(folder, YAML));
    for (const policy of policies) await first?.apply(policy);
    await Promise.all([...policies].reverse().map((policy) => second?.apply(policy)));
    for (const policy of policies) await second?.apply(policy);
    const contents = await Promise.all(
      folders.map(async (folder) =>
        Promise.all((await readdir(folder)).sort().map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
      ),
    );
    expect(contents[1]).toEqual(contents[0]);
    expect(contents[0]?.map(([name]) => name)).toEqual(['shop-allow.yaml', 'shop-block.yaml']);
  });

  it('hold the block policy as people expect it', async () => {
    const folder = join(root, 'block');
    await policyFolder(folder, YAML).apply(pair.block);
    expect(await readFile(join(folder, 'shop-block.yaml'), 'utf8')).toBe(`---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: portcullis-block
  namespace: shop
  labels:
    app.kubernetes.io/managed-by: portcullis
  annotations:
    portcullis.dev/template: 0123456789ab
spec:
  podSelector: {}
  policyTypes:
    - Ingress
    - Egress
  ingress: []
  egress: []
`);
  });

  it('go away with their last policy', async () => {
    const folder = join(root, 'gone');
    const store = policyFolder(folder, YAML);
    for (const policy of policies) await store.apply(policy);
    for (const policy of policies) await store.remove('shop', policy.metadata.name);
    expect(await readdir(folder)).toEqual([]);
  });

  const foreign: Record<string, { text: string; message: string }> = {
    'a policy of somebody else': {
      text: 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: mine, namespace: shop}\nspec: {podSelector: {}}\n',
      message:
        'FILE is not ours: NetworkPolicy shop/mine has no label app.kubernetes.io/managed-by: portcullis; move it away, or choose another folder',
    },
    'something else': { text: 'a: 1\n', message: 'FILE holds something else than NetworkPolicies; move it away, or choose another folder' },
    'what is no YAML': {
      text: 'a: [\n',
      message: 'FILE:2:1  not readable as YAML: unexpected end of the stream within a flow collection; mend the file or move it away',
    },
  };
  it.each(Object.entries(foreign))('are left alone where they hold %s', async (what, { text, message }) => {
    const folder = join(root, what.replaceAll(' ', '-'));
    await mkdir(folder);
    const file = join(folder, 'shop-block.yaml');
    await writeFile(file, text);
    await expect(policyFolder(folder, YAML).apply(pair.block)).rejects.toThrow(new Error(message.replace('FILE', file)));
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('never stand outside of the folder', async () => {
    const astray = { ...pair.block, metadata: { ...pair.block.metadata, namespace: '../etc' } };
    await expect(policyFolder(root, YAML).apply(astray)).rejects.toThrow(new Error('"../etc" is no name of a namespace'));
  });
});
