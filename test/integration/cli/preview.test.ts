import { describe, expect, it } from 'vitest';
import { preview } from '../../../src/app/preview.ts';
import { previewText } from '../../../src/cli/preview-output.ts';
import { makeAuthority } from '../../../src/core/authority.ts';
import { readWorld } from '../../../src/core/reach/world.ts';
import { examplesOf, run, withFiles } from '../../support/cli.ts';
import { readTemplate } from '../../support/parse-template.ts';

const template = (namespaces: string, mode = 'enforce') =>
  `apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\nmode: ${mode}\nunlisted: audit\nnamespaces:\n${namespaces}`;
const OLD = template(`  - name: shop
    rules:
      - {name: api, pods: {app: api}, ports: [8080, 9000-9100/UDP], from: [{namespace: web, pods: {app: front}}]}
      - {name: out, pods: {app: api}, ports: [443], to: [{cidr: 10.0.0.0/8}]}
  - name: web
`);
const NEW = template(`  - name: shop
    rules:
      - {name: api, pods: {app: api}, ports: [9090, 9000-9050/UDP], from: [{namespace: web, pods: {app: front}}]}
      - {name: out, pods: {app: api}, ports: [443], to: [{cidr: 10.0.0.0/8}]}
  - name: web
    mode: audit
`);
const MANIFESTS = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: main, ports: [{containerPort: 8080}]}]}
`;
const SEEN = JSON.stringify([
  {
    namespace: 'shop',
    pod: 'api-5f1c9-x7k2p',
    findings: [
      { port: '8080/TCP', listening: 'yes', reachable: 'yes', verdict: 'authorized', process: 'node' },
      { port: '9060/UDP', listening: 'loopback', reachable: 'unknown', verdict: 'local' },
    ],
  },
]);
const FILES = { 'old.yaml': OLD, 'new.yaml': NEW, 'manifests/api.yaml': MANIFESTS, 'scan.json': SEEN };

const shown = (words: readonly string[], files: Readonly<Record<string, string>> = FILES) =>
  withFiles(files, (folder) =>
    run(['preview', ...words.map((word) => (/^(old|new)\.yaml$|^manifests\/|^scan\.json$/.test(word) ? `${folder}/${word}` : word))], {
      folder,
    }),
  );
const BOTH = ['old.yaml', 'new.yaml'];

const CHANGES = `mode      web: enforce becomes audit, by DIR/new.yaml:10
refuses   Deployment shop/api: 8080/TCP (was permitted)
loses     shop/api-5f1c9-x7k2p listens on 8080/TCP (node), authorized no longer
closes    8080/TCP from web app=front to shop app=api
closes    9051-9100/UDP from web app=front to shop app=api
opens     9090/TCP from web app=front to shop app=api
`;

describe('portcullis preview', () => {
  it('tells what a change refuses, loses, closes and opens, and leaves with 1', async () => {
    const { code, out, err } = await shown([...BOTH, '--manifests', 'manifests/', '--seen', 'scan.json']);
    expect({ code, err, changes: out.slice(0, out.indexOf('\n--- ')) }).toEqual({ code: 1, err: '', changes: CHANGES });
  });

  it('shows the diff of each policy that changes', async () => {
    const { code, out } = await shown(BOTH);
    expect(code).toBe(0);
    const ingress = out.slice(out.indexOf('--- a/shop/portcullis-allow-eca00677fa.yaml'));
    expect(ingress.split('\n').slice(0, 15)).toEqual([
      '--- a/shop/portcullis-allow-eca00677fa.yaml',
      '+++ b/shop/portcullis-allow-eca00677fa.yaml',
      expect.stringMatching(/^@@ /),
      '               app: front',
      '       ports:',
      '         - protocol: TCP',
      '-          port: 8080',
      '+          port: 9090',
      '         - protocol: UDP',
      '           port: 9000',
      '-          endPort: 9100',
      '+          endPort: 9050',
      '   egress: []',
      expect.stringMatching(/^--- a\/web\//),
      expect.stringMatching(/^\+\+\+ b\/web\//),
    ]);
  });

  it('is empty where other words say the same, under another name of the file', async () => {
    const same = OLD.replace('[8080, 9000-9100/UDP]', '[9000-9100/UDP, 8080/TCP]').replace('# ', '');
    expect(await shown([...BOTH, '--manifests', 'manifests/', '--seen', 'scan.json'], { ...FILES, 'new.yaml': same })).toEqual({
      code: 0,
      out: 'nothing changes\n',
      err: '',
    });
  });

  it('tells whose egress ends', async () => {
    const { out } = await shown([...BOTH, '--manifests', 'manifests/'], {
      ...FILES,
      'old.yaml': template('  - {name: shop, egress: open, rules: [{ports: [8080]}]}\n'),
      'new.yaml': template('  - {name: shop, rules: [{ports: [8080]}]}\n'),
    });
    expect(out.split('\n')[0]).toBe('silences  shop: no rule lets Deployment api out, except to DNS and the own namespace');
  });

  it('is Markdown for a pull request', async () => {
    const { out } = await shown([...BOTH, '--manifests', 'manifests/', '-o', 'markdown']);
    expect(out.split('\n').slice(0, 6)).toEqual([
      '### Portcullis preview: 1 refused, 2 closed, 1 opened, 3 policies changed',
      '',
      '- **mode** web: enforce becomes audit, by DIR/new.yaml:10',
      '- **refuses** Deployment shop/api: 8080/TCP (was permitted)',
      '- **closes** 8080/TCP from web app=front to shop app=api',
      '- **closes** 9051-9100/UDP from web app=front to shop app=api',
    ]);
    expect(out).toContain('<details><summary>shop/portcullis-allow-eca00677fa changed</summary>\n\n```diff\n--- a/shop/');
  });

  it('prints the same facts as JSON', async () => {
    const { out } = await shown([...BOTH, '--manifests', 'manifests/', '--seen', 'scan.json', '-o', 'json']);
    expect(JSON.parse(out)).toEqual({
      modes: [{ namespace: 'web', before: 'enforce', after: 'audit', origin: 'DIR/new.yaml:10' }],
      workloads: [{ kind: 'Deployment', namespace: 'shop', name: 'api', before: 'permitted', after: 'refused', added: ['8080/TCP'] }],
      silenced: [],
      closes: ['8080/TCP from web app=front to shop app=api', '9051-9100/UDP from web app=front to shop app=api'],
      opens: ['9090/TCP from web app=front to shop app=api'],
      policies: [
        { namespace: 'shop', name: 'portcullis-allow', shownOnly: false, change: 'changed' },
        { namespace: 'shop', name: 'portcullis-allow-eca00677fa', shownOnly: false, change: 'changed' },
        { namespace: 'web', name: 'portcullis-allow-11f2156bcb-egress', shownOnly: false, change: 'changed' },
      ],
      lost: [
        {
          namespace: 'shop',
          pod: 'api-5f1c9-x7k2p',
          port: '8080/TCP',
          listening: 'yes',
          reachable: 'yes',
          verdict: 'authorized',
          process: 'node',
        },
      ],
    });
  });

  it('wraps for a narrow terminal, and colors words that say the same without', () => {
    const authorityOf = (text: string) => {
      const read = readTemplate(text);
      if (!read.ok) throw new Error('bad template');
      return makeAuthority(read.template, 'portcullis-system');
    };
    const world = readWorld([], 'default');
    const made = preview({ before: authorityOf(OLD), after: authorityOf(NEW), world, seen: [], apiServer: [] });
    const plain = (columns: number) => previewText(made, { color: false, columns });
    expect(plain(80).replaceAll(/\s+/g, ' ')).toBe(plain(140).replaceAll(/\s+/g, ' '));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of a terminal.
    expect(previewText(made, { color: true, columns: 140 }).replaceAll(/\u001b\[\d+m/g, '')).toBe(plain(140));
    expect(previewText(made, { color: true })).toContain('\u001b[31m-          port: 8080\u001b[39m');
  });

  it.each<[string, string[], string]>([
    ['one template without --live', ['old.yaml'], 'name the old and the new template, or --live and the new one'],
    ['two templates with --live', [...BOTH, '--live'], 'name the old and the new template, or --live and the new one'],
    [
      'a template that is not there',
      ['old.yaml', 'manifests/no.yaml'],
      'the template DIR/manifests/no.yaml cannot be read: no such file or folder',
    ],
  ])('leaves with 2 for %s', async (_, words, message) => {
    expect(await shown(words)).toEqual({ code: 2, out: '', err: `portcullis: ${message}\n` });
  });

  it('leaves with 2, and says so, where a workload is not valid: the rest is still answered', async () => {
    const bad =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: bad, namespace: shop}\nspec: {containers: [{name: c, ports: [{containerPort: 0}]}]}\n';
    await withFiles({ 'old.yaml': OLD, 'new.yaml': NEW, 'm.yaml': `${MANIFESTS}---\n${bad}` }, async (folder) => {
      const words = ['old.yaml', 'new.yaml', 'm.yaml'].map((name) => `${folder}/${name}`);
      const { code, out, err } = await run(['preview', ...words.slice(0, 2), '--manifests', ...words.slice(2)], { folder });
      expect({ code, first: out.split('\n')[0], err }).toEqual({
        code: 2,
        first: expect.stringMatching(/Deployment shop\/api: 8080\/TCP|web/),
        err: 'portcullis: left out: Pod shop/bad is not valid: spec.containers[0].ports[0].containerPort: port must be an integer from 1 to 65535\n',
      });
    });
  });

  it('has examples that run', async () => {
    const examples = examplesOf((await run(['preview', '--help'])).out).filter((words) => !words.includes('--live'));
    expect(examples).toHaveLength(4);
    for (const [, ...words] of examples) {
      const { code, err } = await shown(words);
      expect({ words, err, ran: code <= 1 }).toEqual({ words, err: '', ran: true });
    }
  });
});
