import { join } from 'node:path';
import { Command } from 'commander';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { plainIo } from '../../../src/cli/plain-io.ts';
import { runCli } from '../../../src/cli/program.ts';
import { withFiles } from '../../support/cli.ts';
import { type FakeApi, startFakeApi } from '../../support/fake-api.ts';
import { answerHostile, HOSTILE, HOSTILE_ANSWERS, HOSTILE_FILE_NAME, type HostileAnswer } from '../../support/hostile.ts';
import { recordingIo } from '../../support/recording-io.ts';

/** Words of a command line; a file of the folder by its name. HERE: something hostile. DIR: the folder. */
type Line = string;

/**
 * Of every command what it can be told of by others: in files, by the API server, on the command line. Those that run until they are stopped
 * write a log and are processes of their own: see processes.test.ts.
 */
const LINES: Readonly<Record<string, { readonly files: readonly Line[]; readonly cluster?: readonly Line[] } | 'a process'>> = {
  serve: 'a process',
  agent: 'a process',
  run: {
    files: [
      'run --template bad.yaml',
      'run --template HERE',
      'run --engine HERE',
      'run --template template.yaml --scan-target shop/HERE=127.0.0.1 --engine connect --policies out',
    ],
    cluster: [
      'run --outside off --inside off --policies out',
      'run --template template.yaml --outside off --inside exec --dry-run --policies out',
      'run --template template.yaml --outside off --inside off --diff --policies out',
    ],
  },
  scan: {
    files: [
      'scan --template bad.yaml',
      'scan --engine HERE',
      'scan -o HERE',
      'scan a/b/HERE',
      'scan --template template.yaml --scan-target HERE',
    ],
    cluster: [
      'scan --outside off',
      'scan --template template.yaml --outside off -o wide',
      'scan --template template.yaml --outside off -o json',
      'scan --template template.yaml --outside off -o yaml',
      'scan HERE/HERE --template template.yaml',
      'scan -n nowhere --template template.yaml',
      'scan --context HERE',
    ],
  },
  check: {
    files: ['table', 'json', 'yaml', 'sarif', 'junit', 'github']
      .flatMap((format) => [`check --template template.yaml manifests -o ${format}`, `check --template bad.yaml manifests -o ${format}`])
      .concat('check --template template.yaml HERE', 'check --template template.yaml manifests -o HERE'),
  },
  generate: {
    files: [
      'generate --template bad.yaml',
      'generate --template template.yaml HERE',
      'generate --template template.yaml --api-server HERE',
      'generate --template template.yaml --output out',
      'generate --template template.yaml --output theirs',
      'generate --template template.yaml --output theirs --diff',
    ],
  },
  apply: {
    files: [
      'apply --template bad.yaml',
      'apply --template template.yaml --kubeconfig HERE',
      'apply --template template.yaml -o HERE',
      'apply --template template.yaml --kubeconfig broken.yaml',
    ],
    cluster: [
      'apply --template template.yaml',
      'apply --template template.yaml --diff',
      'apply --template template.yaml --dry-run',
      'apply --template template.yaml -o json',
      'apply --template template.yaml -o yaml',
      'apply --template template.yaml -o name',
      'apply --template template.yaml HERE nowhere',
    ],
  },
  policies: {
    files: ['table', 'wide', 'json', 'yaml', 'dot', 'mermaid', 'svg']
      .map((format) => `policies --manifests manifests -o ${format}`)
      .concat('policies --manifests HERE', 'policies -o HERE'),
    cluster: ['table', 'wide', 'json', 'yaml', 'dot', 'mermaid', 'svg']
      .map((format) => `policies -o ${format}`)
      .concat(
        'policies --template template.yaml',
        'policies --template template.yaml -o wide',
        'policies --template template.yaml -o json',
        'policies -n HERE',
      ),
  },
  release: {
    files: [
      'release HERE --reason x',
      'release shop/HERE --reason x --kubeconfig broken.yaml',
      'release shop/api --reason x --timeout HERE',
    ],
    cluster: ['release HERE -n HERE --reason HERE --timeout 1', 'release shop/api --reason x --timeout 1 --portcullis-namespace HERE'],
  },
  explain: {
    files: [
      'explain HERE --template template.yaml --manifests manifests',
      'explain shop/HERE --template template.yaml --manifests manifests',
      'explain shop/HERE HERE --template template.yaml --manifests manifests',
      'explain shop/api shop/db:80 --template template.yaml --manifests manifests -o json',
      'explain shop/api --template template.yaml --manifests manifests -o yaml',
      'explain shop/api --template bad.yaml --manifests manifests',
    ],
    cluster: ['explain HERE/HERE', 'explain HERE/HERE -o json', 'explain HERE/HERE HERE/HERE:80 -o yaml', 'explain shop/api'],
  },
  learn: {
    files: [
      'learn manifests',
      'learn manifests --seen seen.json',
      'learn manifests --seen faulty.json',
      'learn manifests --merge template.yaml',
      'learn manifests --merge bad.yaml',
      'learn HERE',
      'learn manifests --output DIR/HERE/HERE',
    ],
    cluster: ['learn', 'learn --merge template.yaml'],
  },
  preview: {
    files: ['table', 'json', 'markdown']
      .map((format) => `preview template.yaml other.yaml --manifests manifests --seen seen.json -o ${format}`)
      .concat('preview template.yaml bad.yaml', 'preview template.yaml HERE', 'preview template.yaml other.yaml --seen HERE'),
    cluster: ['preview --live other.yaml', 'preview --live other.yaml -o json', 'preview --live other.yaml -o markdown'],
  },
  'template validate': { files: ['template validate bad.yaml', 'template validate HERE', 'template validate theirs'] },
  'template show': { files: ['template show bad.yaml', 'template show template.yaml', 'template show HERE'] },
  'template schema': { files: ['template schema', 'template schema HERE'] },
  certs: {
    files: [
      'certs --check theirs',
      'certs --dir theirs --name HERE',
      'certs --check HERE',
      'certs --dir theirs --address HERE',
      'certs --dir DIR/HERE --name a',
    ],
  },
  completion: { files: ['completion bash', 'completion HERE'] },
  __complete: {
    files: ['__complete HERE', '__complete explain --kubeconfig broken.yaml --context HERE'],
    cluster: ['__complete explain -n HERE', '__complete policies --context HERE', '__complete scan -n'],
  },
  probe: { files: ['probe HERE', 'probe HERE=80', 'probe 127.0.0.1=HERE', 'probe --engine HERE'] },
};

/** JSON that is ASCII: some of what is in it would be refused where it stands as it is. */
function written(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Every command that there is, by its words; what only holds others is none. */
function commandNames(parent: Command, words: readonly string[] = []): string[] {
  return parent.commands.flatMap((command) => {
    const name = [...words, command.name()];
    return command.commands.length > 0 ? commandNames(command, name) : [name.join(' ')];
  });
}

const TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: enforce
namespaces: [{name: shop, rules: [{name: api, pods: {app: api}, ports: [80]}]}]
`;

/** Mistakes that quote what is there. */
const BAD_TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
${written(HOSTILE)}: 1
mode: ${written(HOSTILE)}
namespaces: [{name: ${written(HOSTILE)}, rules: [{name: ${written(HOSTILE)}, ports: [${written(HOSTILE)}]}]}]
`;

const metadata = { name: HOSTILE, namespace: 'shop', labels: { app: HOSTILE, [HOSTILE]: HOSTILE }, annotations: { [HOSTILE]: HOSTILE } };
const containers = [{ name: HOSTILE, image: HOSTILE, ports: [{ name: HOSTILE, containerPort: 8080, hostPort: 8081 }] }];
const spec = { containers: [{ ...containers[0], livenessProbe: { httpGet: { port: HOSTILE, path: HOSTILE } } }], hostNetwork: true };
const selector = { matchLabels: { app: HOSTILE } };
const MANIFESTS = {
  'api.json': { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } },
  'faulty.json': {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: HOSTILE, ports: [{ containerPort: HOSTILE }] }] },
  },
  'deployment.json': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, namespace: HOSTILE },
    spec: { template: { metadata, spec } },
  },
  'service.json': {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector: { app: HOSTILE }, ports: [{ name: HOSTILE, port: 80, targetPort: HOSTILE }] },
  },
  'policy.json': {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: { podSelector: selector, ingress: [{ from: [{ podSelector: selector }] }] },
  },
  'namespace.json': { apiVersion: 'v1', kind: 'Namespace', metadata: { name: HOSTILE, labels: { [HOSTILE]: HOSTILE } } },
  'unknown.json': { apiVersion: HOSTILE, kind: HOSTILE, metadata },
  [`${HOSTILE_FILE_NAME}.yaml`]: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: 'named-well' },
    spec: { containers: [{ name: 'c', ports: [{ containerPort: 1 }] }] },
  },
};

const SEEN = [
  { namespace: HOSTILE, pod: HOSTILE, port: '9999/TCP', process: HOSTILE, verdict: HOSTILE, addresses: [HOSTILE], listening: true },
];

const FILES: Readonly<Record<string, string>> = {
  'template.yaml': TEMPLATE,
  'other.yaml': TEMPLATE.replace('[80]', '[81]'),
  'bad.yaml': BAD_TEMPLATE,
  'broken.yaml': `a: [${HOSTILE_FILE_NAME}`,
  'seen.json': written(SEEN),
  'faulty.json': written([{ [HOSTILE]: HOSTILE }, HOSTILE]),
  'theirs/shop-block.yaml': BAD_TEMPLATE,
  [`theirs/${HOSTILE_FILE_NAME}.yaml`]: BAD_TEMPLATE,
  'theirs/tls.crt': HOSTILE_FILE_NAME,
  'theirs/tls.key': HOSTILE_FILE_NAME,
  'theirs/ca.crt': `-----BEGIN CERTIFICATE-----\n${HOSTILE_FILE_NAME}\n-----END CERTIFICATE-----\n`,
  ...Object.fromEntries(Object.entries(MANIFESTS).map(([name, object]) => [`manifests/${name}`, written(object)])),
};

/** The ConfigMaps of Portcullis: what a tenant could have written who may write there. */
const DATA = { 'portcullis-template': { 'template.yaml': TEMPLATE, [`${HOSTILE}.yaml`]: '# nothing\n' } };
const BAD_DATA = { 'portcullis-template': { [`${HOSTILE}.yaml`]: BAD_TEMPLATE }, 'portcullis-releases': { [HOSTILE]: HOSTILE } };

interface Printed {
  readonly out: string;
  readonly err: string;
}

/** Runs a line as at a terminal, or in a pipe. */
async function print(
  line: Line,
  folder: string,
  { terminal, more = [] }: { terminal: boolean; more?: readonly string[] },
): Promise<Printed> {
  const words = line.split(' ').map((word) => {
    const isFile = FILES[word] !== undefined || ['manifests', 'theirs', 'out'].includes(word);
    return isFile ? join(folder, word) : word.replaceAll('HERE', HOSTILE).replace(/^DIR/, folder);
  });
  const io = {
    ...recordingIo({ color: terminal, progress: terminal, env: { PATH: '/nowhere', HOME: folder } }),
    ...(terminal ? { columns: 120 } : {}),
  };
  await runCli([...words, ...more], plainIo(io), COMMANDS);
  return io.printed;
}

/** Our colors, and our way of taking back a line of progress. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape code is what it looks for
const OURS = /\u001b\[(?:1|2|22|31|32|33|39)m|\r\u001b\[2K/g;

/** Line breaks and tabs are ours; anything else of the kind came from outside, and so did a line that begins with the word. */
const CONTROL = /[\p{Cc}\p{Cs}]/u;
const CONTROL_OR_MARK = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/u;

/** Longer than a person reads, far shorter than what was sent. */
const LONG = 20_000;

function faults({ out, err }: Printed, terminal: boolean): object {
  const [plainOut, plainErr] = [out, err].map((text) => text.replaceAll(OURS, '').replaceAll(/[\n\t]/g, ''));
  return {
    out: (terminal ? CONTROL_OR_MARK : CONTROL).exec(plainOut ?? '')?.[0],
    err: CONTROL_OR_MARK.exec(plainErr ?? '')?.[0],
    forged: `${out}\n${err}`.split('\n').filter((one) => one.trimStart().startsWith('FORGED')),
    tooLong: err.split('\n').filter(({ length }) => length > LONG).length,
    silent: out + err === '',
  };
}

const NO_FAULTS = { out: undefined, err: undefined, forged: [], tooLong: 0, silent: false };

/** What a machine reads of the output of a line; undefined where it is for people. */
function readBack(line: Line, out: string): unknown {
  if (out === '') return undefined;
  if (/-o (json|sarif)\b/.test(line)) return JSON.parse(out);
  return /-o yaml\b|^generate|^learn/.test(line) && !/--output|--diff/.test(line) ? loadAll(out) : undefined;
}

async function expectHarmless(line: Line, folder: string, more: readonly string[] = []): Promise<void> {
  const [shown, piped] = [await print(line, folder, { terminal: true, more }), await print(line, folder, { terminal: false, more })];
  expect([line, 'terminal', faults(shown, true)]).toEqual([line, 'terminal', NO_FAULTS]);
  expect([line, 'pipe', faults(piped, false)]).toEqual([line, 'pipe', NO_FAULTS]);
  expect(readBack(line, shown.out)).toEqual(readBack(line, piped.out));
}

const ROWS = Object.entries(LINES).flatMap(([name, lines]) => (lines === 'a process' ? [] : [{ name, cluster: [], ...lines }]));

describe('what others wrote drives no terminal and forges no line', () => {
  it('of every command there is', () => {
    const program = new Command();
    for (const define of COMMANDS) define(program, recordingIo(), () => {});
    expect(Object.keys(LINES).sort()).toEqual(commandNames(program).sort());
  });

  it.each(ROWS)('in files and on the command line, by portcullis $name', { timeout: 240_000 }, async ({ files }) => {
    await withFiles(FILES, async (folder) => {
      for (const line of files) await expectHarmless(line, folder);
    });
  });

  const CLUSTER_ROWS = ROWS.filter(({ cluster }) => cluster.length > 0).flatMap((row) =>
    (Object.keys(HOSTILE_ANSWERS) as HostileAnswer[]).map((answer) => ({ ...row, answer })),
  );
  it.each(CLUSTER_ROWS)('in $answer of an API server, by portcullis $name', { timeout: 240_000 }, async ({ cluster, answer }) => {
    await using api = await startFakeApi();
    await withFiles({ ...FILES, kubeconfig: kubeconfig(api) }, async (folder) => {
      // Whatever it is that fails, each line of a command fails in the same way.
      const isFailure = answer !== 'objects';
      for (const data of isFailure ? [{}] : [DATA, BAD_DATA, {}]) {
        answerHostile(api, answer, data);
        for (const line of isFailure ? cluster.slice(0, 1) : cluster) {
          await expectHarmless(line, folder, line.includes('__complete') ? [''] : ['--kubeconfig', join(folder, 'kubeconfig')]);
        }
      }
    });
  });
});

describe('what machines read', () => {
  it.each(['policies -o json', 'policies -o yaml', 'policies --manifests manifests -o json', 'policies --manifests manifests -o yaml'])(
    'holds the names as they are: portcullis %s',
    { timeout: 240_000 },
    async (line) => {
      await using api = await startFakeApi();
      answerHostile(api, 'objects');
      await withFiles({ ...FILES, kubeconfig: kubeconfig(api) }, async (folder) => {
        for (const terminal of [true, false]) {
          const { out } = await print(line, folder, { terminal, more: ['--kubeconfig', join(folder, 'kubeconfig')] });
          const names = [readBack(line, out)].flat().map((one) => (one as { readonly metadata: { readonly name: string } }).metadata.name);
          expect(names).toContain(HOSTILE);
        }
      });
    },
  );
});

function kubeconfig(api: FakeApi): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: api.url, 'certificate-authority-data': Buffer.from(api.ca).toString('base64') } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [HOSTILE, 'x'].map((name) => ({ name, context: { cluster: 'c', user: 'u', namespace: HOSTILE } })),
    'current-context': 'x',
  });
}
