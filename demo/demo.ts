import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDocuments } from '../src/adapters/yaml/read.ts';
import { COMMANDS } from '../src/cli/commands.ts';
import type { Io } from '../src/cli/io.ts';
import { runCli } from '../src/cli/program.ts';
import { toValue } from '../src/core/document.ts';
import { type Gate, type ReviewedObject, review, startGate } from './gate.ts';
import { runInOwnNetwork } from './own-network.ts';
import { startWorkloads, stopWorkloads, type Workload } from './workloads.ts';

/** The running example with no cluster: real listening processes, a real gate over TLS, a real scan, real files. */
const here = fileURLToPath(new URL('.', import.meta.url));
const file = (name: string) => relative('', join(here, name));
const say = (text: string) => process.stdout.write(`${text}\n`);
const KINDS = {
  Namespace: { group: '', kind: 'Namespace', resource: 'namespaces' },
  Pod: { group: '', kind: 'Pod', resource: 'pods' },
  Deployment: { group: 'apps', kind: 'Deployment', resource: 'deployments' },
};

process.exitCode = await main();

async function main(): Promise<number> {
  let workloads: Workload[];
  try {
    workloads = await startWorkloads();
  } catch (error) {
    const code = runInOwnNetwork(fileURLToPath(import.meta.url));
    if (code !== undefined) return code;
    say(`The demo needs port 80 of a loopback address: ${error instanceof Error ? error.message : error}`);
    say('Run it as root, allow low ports (sysctl net.ipv4.ip_unprivileged_port_start=80), or end what listens there.');
    return 1;
  }
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-demo-'));
  let gate: Gate | undefined;
  try {
    gate = await openGate(folder);
    await showGate(gate);
    return await showSequence(workloads, join(folder, 'policies'));
  } finally {
    gate?.child.kill('SIGKILL');
    stopWorkloads(workloads);
    await rm(folder, { recursive: true, force: true });
  }
}

async function openGate(folder: string): Promise<Gate> {
  say('Portcullis without a cluster: the running example.\n');
  say(`The template, demo/template.yaml, permits in mode enforce:\n`);
  say(
    (await readFile(file('template.yaml'), 'utf8'))
      .split('\n')
      .filter((line) => /name:|ports:/.test(line))
      .join('\n'),
  );
  say('\nThe gate starts: HTTPS with a certificate that it has just made, the template from the file.');
  const argv = [
    '--template',
    file('template.yaml'),
    '--policies',
    join(folder, 'gate-policies'),
    '--certificates',
    join(folder, 'certificates'),
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--metrics-port',
    '0',
    '--engine',
    'off',
  ];
  const gate = await startGate(argv, join(folder, 'certificates'));
  say(`It answers at https://127.0.0.1:${gate.port}/validate.\n`);
  return gate;
}

/** What the API server would ask, really asked. */
async function showGate(gate: Gate): Promise<void> {
  say('GATE. The API server would now ask about each object; so do we, with real AdmissionReviews.\n');
  for (const name of ['iperf', 'nginx', 'server']) await ask(gate, 'Namespace', { metadata: { name } });
  for (const pod of await objects('pods.yaml')) await ask(gate, 'Pod', pod);
  for (const deployment of await objects('deployment.yaml')) await ask(gate, 'Deployment', deployment);
}

async function ask(gate: Gate, kind: keyof typeof KINDS, object: ReviewedObject): Promise<void> {
  const { allowed, message, warnings } = await review(gate, KINDS[kind], object);
  const { namespace, name } = object.metadata;
  say(`${allowed ? 'admitted' : 'refused '}  ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`);
  for (const warning of warnings) say(`          Warning: ${warning}`);
  if (!allowed) say(`\n${message.replace(/^/gm, '    ')}\n`);
}

async function objects(name: string): Promise<ReviewedObject[]> {
  const { documents } = readDocuments({ document: name, text: await readFile(file(name), 'utf8') });
  return documents.map((document) => toValue(document) as ReviewedObject);
}

/** `portcullis run`, as a person would type it. */
async function showSequence(workloads: readonly Workload[], policies: string): Promise<number> {
  say('RUN. The three workloads really listen; two of them open a port that nobody authorized.');
  const targets = workloads.map(({ name, address, child }) => `${name}/${name}=${address},pid=${child.pid}`);
  const argv = [
    'run',
    '--template',
    file('template.yaml'),
    '--manifests',
    file('pods.yaml'),
    '--policies',
    policies,
    '--scan-target',
    ...targets,
  ];
  say(
    `$ portcullis run --template demo/template.yaml --manifests demo/pods.yaml --policies policies/ --scan-target ${targets.join(' ')}\n`,
  );
  const io: Io = {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stdout.write(text),
    stdin: async () => '',
    color: process.stdout.isTTY === true && !process.env.NO_COLOR,
    progress: false,
    env: process.env,
    stop: new AbortController().signal,
  };
  const code = await runCli(argv, io, COMMANDS);
  const files = await readdir(policies);
  say(`\n${files.length} policy files were written. The exit code of run is ${code}: there are violations in enforce.\n`);
  say(
    'Two ports are open that nobody authorized: 8000/TCP of iperf, and 12000/UDP of nginx, which only the view from inside is sure of:\n' +
      'UDP need not answer a probe. In a cluster the block policies shut both now.\n',
  );
  say('What to try next:');
  say('  npm run -s portcullis -- check --template demo/template.yaml demo/deployment.yaml    the same refusal in a pipeline');
  say('  npm run -s portcullis -- generate --template demo/template.yaml                      the policies on the terminal');
  say('  npm run -s portcullis -- --help                                                      everything else');
  say('  docs/operations.md                                                                   the way into a cluster');
  return code === 1 ? 0 : 1;
}
