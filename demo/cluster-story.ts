import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS } from '../src/cli/commands.ts';
import type { Io } from '../src/cli/io.ts';
import { runCli } from '../src/cli/program.ts';
import type { ClusterNode } from '../test/cluster/node/open.ts';
import { until } from '../test/cluster/wait.ts';
import { failurePolicies, installPortcullis, succeed } from '../test/support/install.ts';
import { type Pod, podReady, startPod, untilAnswers } from '../test/support/pods.ts';
import { EXAMPLE_NAMESPACES, exampleConfigMap, exampleObjects, examplePod } from './cluster-example.ts';

/** The running example on a node, step by step. Throws when a step does not end as it should. */

const say = (text: string) => process.stdout.write(`${text}\n`);
const DEADLINE = 120_000;

/** Tells and does everything; answers whether `run` found nothing that is open and should be shut. */
export async function tellStory(node: ClusterNode): Promise<boolean> {
  await install(node);
  const probes = await openExample(node);
  await refuse(node);
  await enforce(node);
  const code = await runSequence(node);
  await shut(node, probes);
  return code === 0;
}

async function install(node: ClusterNode): Promise<void> {
  say('INSTALL. As a user would: the image, and kubectl apply -k deploy/overlays/enforce.');
  await installPortcullis(node);
  say(await succeed(node.api, ['get', 'pods', '-A', '-l', 'app.kubernetes.io/name=portcullis']));
  const policies = Object.entries(await failurePolicies(node.api));
  say('The gate was ready before it was closed on failure. Now, when it cannot answer:');
  for (const [name, policy] of policies) say(`  ${policy.padEnd(6)}  ${name}`);
}

interface Probes {
  readonly visitor: Pod;
  readonly address: Readonly<Record<string, string>>;
}

async function openExample({ api }: ClusterNode): Promise<Probes> {
  say('\nAUDIT. The template permits the ports that the three pods declare, in mode audit. They start, and open two more.');
  await succeed(api, ['apply', '-f', '-'], JSON.stringify(exampleConfigMap('audit')));
  say(await succeed(api, ['apply', '-f', '-'], JSON.stringify(exampleObjects())));
  const found = await Promise.all(EXAMPLE_NAMESPACES.map(async (name) => [name, await addressOf(api, name)] as const));
  const visitor = await startPod(api, { namespace: await api.namespace('visitor'), name: 'visitor' });
  const probes = { visitor, address: Object.fromEntries(found) };
  say('A pod of another namespace tries them. No policy is there yet:');
  await showAnswers(api, probes, 'open');
  return probes;
}

async function addressOf(api: ClusterNode['api'], name: string): Promise<string> {
  await podReady(api, name, name);
  return succeed(api, ['get', 'pod', name, '-n', name, '-o', 'jsonpath={.status.podIP}']);
}

/** The ports of the example: those with `undeclared` are what nobody authorized. */
const TRIED = [
  { pod: 'iperf', port: 'udp 5000', undeclared: false },
  { pod: 'iperf', port: 'tcp 8000', undeclared: true },
  { pod: 'nginx', port: 'tcp 80', undeclared: false },
  { pod: 'nginx', port: 'udp 12000', undeclared: true },
  { pod: 'server', port: 'tcp 7777', undeclared: false },
] as const;

/** Waits until what a stranger gets is this, and prints it. */
async function showAnswers(api: ClusterNode['api'], { visitor, address }: Probes, undeclared: 'open' | 'closed'): Promise<void> {
  const lines = TRIED.map((tried) => {
    const [protocol, number] = tried.port.split(' ');
    const answer = tried.undeclared ? undeclared : 'open';
    return { ...tried, answer, line: `${protocol} ${address[tried.pod]} ${number}` } as const;
  });
  await untilAnswers(api, visitor, Object.fromEntries(lines.map(({ line, answer }) => [line, answer])));
  for (const { pod, port, answer, undeclared: nobody } of lines)
    say(`  ${pod.padEnd(6)}  ${port.padEnd(9)}  ${answer}${nobody ? '   nobody authorized it' : ''}`);
}

async function refuse({ api }: ClusterNode): Promise<void> {
  say('\nENFORCE. The security team changes one word of the template: mode enforce.');
  say(await succeed(api, ['apply', '-f', '-'], JSON.stringify(exampleConfigMap('enforce'))));
  const pod = examplePod('server', { declares: ['7777/TCP', '9090/TCP'], listens: ['7777/TCP', '9090/TCP'] });
  const second = JSON.stringify({ ...pod, metadata: { ...pod.metadata, name: 'second' } });
  let message = '';
  // Every replica of the gate must have seen the edit first; a dry run leaves nothing where it has not.
  const refused = async () => {
    const { code, stderr } = await api.kubectl(['create', '--dry-run=server', '-f', '-'], { stdin: second });
    message = stderr;
    return code !== 0 && stderr.includes('9090/TCP');
  };
  await until('the gate to refuse', refused, { deadline: DEADLINE });
  say(`A pod that declares one port more is refused:\n\n${message.trimEnd().replace(/^/gm, '    ')}\n`);
}

async function enforce({ api }: ClusterNode): Promise<void> {
  const closed = async () => {
    const { stdout } = await api.kubectl(['get', 'networkpolicies', '-A', '-o', 'jsonpath={.items[*].metadata.namespace}']);
    return EXAMPLE_NAMESPACES.every((name) => stdout.includes(name));
  };
  await until('the controller to close the namespaces', closed, { deadline: DEADLINE });
  say('The controller has closed the three namespaces by their pair of policies.\n');
}

/** `portcullis run`, as a person would type it. */
async function runSequence({ api }: ClusterNode): Promise<number> {
  say('RUN. What really listens, seen by the agent of the node; what answers, probed from a pod.');
  say('$ portcullis run --policies policies/\n');
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-demo-'));
  try {
    const out = (text: string) => void process.stdout.write(text.replaceAll(`${folder}/`, 'policies/').replaceAll(folder, 'policies'));
    const io: Io = {
      out,
      err: out,
      stdin: async () => '',
      color: process.stdout.isTTY === true && !process.env.NO_COLOR,
      progress: false,
      env: process.env,
      stop: new AbortController().signal,
    };
    const code = await runCli(['run', '--policies', folder, '--kubeconfig', api.kubeconfig()], io, COMMANDS);
    say(
      `\n${(await readdir(folder)).length} policy files were written. The exit code of run is ${code}${code === 0 ? ': what nobody authorized is shut already' : ''}.\n`,
    );
    return code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function shut({ api }: ClusterNode, probes: Probes): Promise<void> {
  say('SHUT. The same pod of another namespace tries the same ports again:');
  await showAnswers(api, probes, 'closed');
  const resolve = ['exec', '-n', 'nginx', 'nginx', '--', '/netcheck', 'resolve', 'kubernetes.default.svc.cluster.local'];
  say(`And nginx still resolves names: kubernetes.default is ${(await succeed(api, resolve)).trim()}.`);
}
