import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDocuments } from '../../../src/adapters/yaml/read.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { runCli } from '../../../src/cli/program.ts';
import { toValue } from '../../../src/core/document.ts';
import { allowName } from '../../../src/core/pair/allow.ts';
import { run, withFiles } from '../../support/cli.ts';
import { recordingIo } from '../../support/recording-io.ts';
import { startWorkload, type TestWorkload } from '../../support/workload.ts';

/** Two processes that really listen: `api` on a port that is permitted and on one that is not, `web` on a permitted one alone. */
let api: TestWorkload;
let web: TestWorkload;

beforeAll(async () => {
  [api, web] = await Promise.all([startWorkload('127.0.31.1', 2), startWorkload('127.0.31.2', 1)]);
});

afterAll(async () => {
  await Promise.all([api?.close(), web?.close()]);
});

const [good, bad, other] = [() => api.ports[0] ?? 0, () => api.ports[1] ?? 0, () => web.ports[0] ?? 0];
const targets = () => [`shop/api=${api.address},pid=${api.pid}`, `web/web=${web.address},pid=${web.pid}`];

const files = (mode: string) => ({
  'template.yaml': `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: ${mode}
unlisted: audit
namespaces:
  - name: shop
    rules:
      - {name: api, pods: {app: api}, ports: [${good()}]}
  - name: web
    rules: [{ports: [${other()}]}]
`,
  'pods.yaml': `kind: Pod
apiVersion: v1
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: main, image: main, ports: [{containerPort: ${good()}}]}]}
---
kind: Pod
apiVersion: v1
metadata: {name: web, namespace: web}
spec: {containers: [{name: main, image: main}]}
`,
});

/** Runs `scan` or `run` with both files. */
function withTemplate(words: (folder: string) => string[], { mode = 'enforce' } = {}) {
  return withFiles(files(mode), (folder) => {
    const [command = '', ...others] = words(folder);
    const means = ['--template', `${folder}/template.yaml`, '--engine', 'connect'];
    return run([command, ...means, ...others], { folder });
  });
}

const scan = (words: (folder: string) => string[], options?: { mode?: string }) =>
  withTemplate((folder) => ['scan', '--scan-target', ...words(folder)], options);
const bothPods = (folder: string) => [...targets(), '--manifests', `${folder}/pods.yaml`];

const HOW = 'Scanning 2 pods in 2 namespaces, from outside with the built-in connect scanner, and from inside\n';
const SUMMARY = '2 pods, 3 ports: 1 authorized, 1 exposed, 1 undeclared.\n';
const table = () => `Namespace   Pod   Open Ports   Protocol   Authorized Ports
shop        api   ${good()}        TCP        ✓
shop        api   ${bad()}        TCP        ✗
web         web   ${other()}        TCP        ✓
`;

describe('portcullis scan, of processes of this machine', () => {
  it('shows each open port, and leaves with 1 at a violation in enforce', async () => {
    expect(await scan(bothPods)).toEqual({ code: 1, out: table(), err: HOW + SUMMARY });
  });

  it('leaves with 0 where the mode is audit, or everything is authorized', async () => {
    expect(await scan(bothPods, { mode: 'audit' })).toEqual({ code: 0, out: table(), err: HOW + SUMMARY });
    const { code, err } = await scan((folder) => [targets()[1] ?? '', '--manifests', `${folder}/pods.yaml`]);
    expect([code, err.split('\n')[1]]).toEqual([0, '1 pod, 1 port: 1 undeclared.']);
  });

  it('shows everything that is known in a wide table', async () => {
    const { code, out } = await scan((folder) => [...bothPods(folder), '-o', 'wide']);
    const rows = out.split('\n').map((line) => line.split(/ {3,}/));
    expect([code, rows]).toEqual([
      1,
      [
        ['NAMESPACE', 'POD', 'PORT', 'PROCESS', 'DECLARED', 'AUTHORIZED', 'LISTENING', 'REACHABLE', 'VERDICT', 'SEEN BY'],
        [
          'shop',
          'api',
          `${good()}/TCP`,
          'node',
          'yes',
          'rule api, DIR/template.yaml:8',
          api.address,
          'yes',
          'authorized',
          'local, connect',
        ],
        ['shop', 'api', `${bad()}/TCP`, 'node', 'no', 'no', api.address, 'yes', 'exposed', 'local, connect'],
        ['web', 'web', `${other()}/TCP`, 'node', 'no', 'rule DIR/template.yaml:10', web.address, 'yes', 'undeclared', 'local, connect'],
        [''],
      ],
    ]);
  });

  it('tells a person at a terminal that it looks a second time, where one sample does not decide', async () => {
    const shown = await withFiles(files('enforce'), async (folder) => {
      const io = recordingIo({ progress: true });
      const words = ['--template', `${folder}/template.yaml`, '--engine', 'connect', '--scan-target', ...bothPods(folder)];
      await runCli(['scan', ...words], io, COMMANDS);
      return io.printed.err;
    });
    const lines = shown.split(/[\r\n]+/).map((line) => line.replace('\u001b[2K', ''));
    expect(lines).toEqual([
      HOW.trim(),
      '0/2 pods',
      '1/2 pods',
      '2/2 pods',
      '0/1 pods a second time',
      '1/1 pods a second time',
      SUMMARY.trim(),
      '',
    ]);
  });

  it('tells machines the same as JSON', async () => {
    const { code, out } = await scan((folder) => [targets()[0] ?? '', '--manifests', `${folder}/pods.yaml`, '-o', 'json']);
    const seen = {
      listening: 'yes',
      addresses: [api.address],
      process: 'node',
      reachable: 'yes',
      hostNetwork: false,
      seenBy: ['local', 'connect'],
    };
    expect([code, JSON.parse(out)]).toEqual([
      1,
      [
        {
          namespace: 'shop',
          pod: 'api',
          outcome: 'scanned',
          findings: [
            {
              ...seen,
              port: `${good()}/TCP`,
              declared: true,
              authorized: 'rule api, DIR/template.yaml:8',
              verdict: 'authorized',
              severity: 'fine',
              reason: 'authorized',
            },
            {
              ...seen,
              port: `${bad()}/TCP`,
              declared: false,
              verdict: 'exposed',
              severity: 'violation',
              reason: 'open, though nobody authorized it',
            },
          ],
          gaps: [],
        },
      ],
    ]);
  });

  it('tells people who like it the same as YAML', async () => {
    const words = (output: string) => (folder: string) => [...bothPods(folder), '-o', output];
    const [json, yaml] = [await scan(words('json')), await scan(words('yaml'))];
    const read = readDocuments({ document: 'scan.yaml', text: yaml.out });
    expect([yaml.code, read.issues, read.documents.map(toValue)]).toEqual([1, [], [JSON.parse(json.out)]]);
  });

  it('asks no cluster for the template', async () => {
    expect(await run(['scan', '--scan-target', targets()[0] ?? ''])).toEqual({
      code: 2,
      out: '',
      err: 'portcullis: --scan-target asks no cluster: name the template with --template\n',
    });
  });

  it('looks from inside alone with the engine off', async () => {
    const { code, out, err } = await scan((folder) => [...bothPods(folder), '--engine', 'off']);
    expect([code, out]).toEqual([0, table()]);
    expect(err).toBe(
      'Scanning 2 pods in 2 namespaces, no outside view was asked for, and from inside\n2 pods, 3 ports: 1 authorized, 1 unknown, 1 undeclared.\n',
    );
  });

  it.each<[string, (folder: string) => string[], { code: number; err: string }]>([
    [
      'a target that is none',
      () => ['api'],
      {
        code: 2,
        err: 'portcullis: --scan-target api: write NAMESPACE/POD=ADDRESS or NAMESPACE/POD=ADDRESS,pid=NUMBER, like shop/api=10.0.0.7\n',
      },
    ],
    [
      'an engine that is none',
      () => [...targets(), '--engine', 'zmap'],
      { code: 2, err: 'portcullis: --engine zmap: write one of auto, nmap, connect, off\n' },
    ],
    [
      'nmap that is not there',
      () => [...targets(), '--engine', 'nmap'],
      { code: 3, err: 'portcullis: nmap is not installed; install it, or use --engine connect\n' },
    ],
    [
      'a format that is none',
      () => [...targets(), '-o', 'xml'],
      { code: 2, err: 'portcullis: -o xml: write one of table, wide, json, yaml\n' },
    ],
    [
      'a way to look inside that is none',
      () => [...targets(), '--inside', 'nsenter'],
      { code: 2, err: 'portcullis: --inside nsenter: write one of auto, agent, exec, ephemeral, off\n' },
    ],
    [
      'a place to probe from that is none',
      () => [...targets(), '--outside', 'node'],
      { code: 2, err: 'portcullis: --outside node: write one of auto, pod, here, off\n' },
    ],
    [
      'manifests that are not there',
      (folder) => [...targets(), '--manifests', `${folder}/nothing.yaml`],
      { code: 2, err: 'portcullis: the manifests cannot be read\n  DIR/nothing.yaml:1:1  no such file or folder\n' },
    ],
  ])('refuses %s', async (_, words, expected) => {
    expect(await scan(words)).toEqual({ out: '', ...expected });
  });
});

describe('portcullis run, of processes of this machine', () => {
  it('scans, writes the files, and shows them as the policies', async () => {
    const ran = await withFiles(files('enforce'), async (folder) => {
      const words = ['run', '--template', `${folder}/template.yaml`, '--policies', `${folder}/out`, '--engine', 'connect'];
      const first = await run([...words, '--scan-target', ...bothPods(folder)], { folder });
      const second = await run([...words, '--scan-target', ...bothPods(folder)], { folder });
      return { first, second, written: (await readdir(`${folder}/out`)).sort() };
    });
    const out = (word: string) => `1. Open ports
${table()}
2. Policy files
DIR/out/shop-block.yaml ${word}
DIR/out/shop-allow.yaml ${word}
DIR/out/web-block.yaml ${word}
DIR/out/web-allow.yaml ${word}

3. Apply
no cluster: the files are the policies; with one, kubectl would apply each

4. All policies in all namespaces
NAMESPACE   NAME                          POD-SELECTOR   AGE
shop        portcullis-block              <none>         -
shop        portcullis-allow              <none>         -
shop        ${allowName({ matchLabels: { app: 'api' } }, 'ingress')}   app=api        -
web         portcullis-block              <none>         -
web         portcullis-allow              <none>         -
web         portcullis-allow-ingress      <none>         -
`;
    expect(ran).toEqual({
      first: { code: 1, out: out('written'), err: HOW + SUMMARY },
      second: { code: 1, out: out('unchanged'), err: HOW + SUMMARY },
      written: ['shop-allow.yaml', 'shop-block.yaml', 'web-allow.yaml', 'web-block.yaml'],
    });
  });

  it('writes no policy where the mode is audit, and leaves with 0', async () => {
    const { code, out } = await withTemplate((folder) => ['run', '--policies', `${folder}/out`, '--scan-target', ...bothPods(folder)], {
      mode: 'audit',
    });
    expect([code, out.slice(out.indexOf('\n2. '))]).toEqual([
      0,
      '\n2. Policy files\n\n3. Apply\nno cluster: the files are the policies; with one, kubectl would apply each\n\n4. All policies in all namespaces\nNAMESPACE   NAME   POD-SELECTOR   AGE\n',
    ]);
  });
});
