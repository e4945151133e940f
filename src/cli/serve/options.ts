import type { Command } from 'commander';
import { AGENT_NAMESPACE } from '../../core/agent-names.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { type LocalTarget, localTargets } from '../scan-words.ts';

/** What `serve` was asked for, checked. */
export interface ServeOptions {
  readonly role: Role;
  /** Portcullis' own namespace. */
  readonly namespace: string;
  /** That of the agents: exempt as well. */
  readonly agentNamespace: string;
  readonly service: string;
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number;
  /** A folder of certificates; absent: the Secret of the cluster. */
  readonly certificates?: string;
  /** Addresses that the certificate must bear, beside the names of the Service. */
  readonly addresses: readonly string[];
  /** A file with the CA of those who may ask the gate; absent: anybody may, as API servers show no certificate by default. */
  readonly clientCa?: string;
  /** With a cluster: set failurePolicy Fail once the gate is ready. */
  readonly failClosed: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Without a cluster: the file or folder of the template. */
  readonly template?: string;
  /** Without a cluster: the folder of the policies. With one: `external` where somebody else applies them. */
  readonly policies?: string;
  readonly scanTargets: readonly LocalTarget[];
  readonly engine: 'auto' | 'nmap' | 'connect' | 'off';
  /** Seconds in which every pod is scanned once, also where nothing was heard of it. */
  readonly scanPeriodSeconds: number;
  /** Seconds between two proofs that policies are enforced. */
  readonly enforcementPeriodSeconds: number;
  readonly stopDelaySeconds: number;
}

const SHORTEST_PERIOD = 10;

const ROLES = ['all', 'webhook', 'controller'] as const;
export type Role = (typeof ROLES)[number];

/** Adds the words of `serve` to its command. */
export function serveWords(command: Command, env: Readonly<Record<string, string | undefined>>): Command {
  return command
    .description('Run the gate and the controller, with a cluster or (with --template) without one')
    .option('--role <role>', 'what this process does: all, webhook or controller', 'all')
    .option('--namespace <name>', "Portcullis' own namespace", env.PORTCULLIS_NAMESPACE ?? 'portcullis-system')
    .option('--agent-namespace <name>', 'the namespace of the agents', AGENT_NAMESPACE)
    .option('--service <name>', 'the Service by which the API server calls the gate', 'portcullis-webhook')
    .option('--host <address>', 'the address to listen on', '0.0.0.0')
    .option('--port <number>', 'the TLS port of the gate', '8443')
    .option('--metrics-port <number>', 'the port of /metrics, /healthz, /livez and /readyz', '8081')
    .option('--certificates <dir>', 'keep the certificates in a folder (with a cluster: not in the Secret)')
    .option('--address <ip...>', 'IP addresses that the certificate must bear', [])
    .option('--client-ca <file>', 'answer only callers that show a certificate of this CA (an API server does when told to)')
    .option('--fail-closed', 'once ready, set failurePolicy Fail on the entries of pods, workloads and policies')
    .option('--kubeconfig <file>', 'the kubeconfig to use')
    .option('--context <name>', 'the context of the kubeconfig')
    .option('--template <path>', 'run without a cluster: a file or folder with the template')
    .option('--policies <dir|external>', 'without a cluster: the folder for the policies; with one: external, where GitOps applies them')
    .option('--scan-target <target...>', 'without a cluster: where an admitted pod can be scanned, NAMESPACE/POD=ADDRESS[,pid=NUMBER]', [])
    .option('--engine <engine>', 'the scanner: auto, nmap, connect or off', 'auto')
    .option('--scan-period <seconds>', 'scan every pod once in this time, beside the scans after a change', '600')
    .option('--enforcement-period <seconds>', 'prove on every node in this time that policies are enforced', '60')
    .option('--stop-delay <seconds>', 'how long to serve on after SIGTERM', '10')
    .addHelpText(
      'after',
      `
Examples:
  portcullis serve                                             in a pod: gate and controller of its cluster
  portcullis serve --role webhook                              one of several replicas of the gate
  portcullis serve --template template.yaml --policies out/ \\
    --certificates certs/ --address 127.0.0.1 --host 127.0.0.1  the same gate with no cluster

Exit codes: 0 stopped, 2 wrong usage or the template cannot be read, 3 the cluster or a tool failed.`,
    );
}

/** Checks what commander read; every mistake is a CommandError that says what would be right. */
export function serveOptions(raw: Readonly<Record<string, unknown>>): ServeOptions {
  const text = (key: string): string | undefined => (typeof raw[key] === 'string' ? raw[key] : undefined);
  const role = oneOf('--role', ROLES, text('role'));
  const template = text('template');
  const policies = text('policies');
  if (template !== undefined && (policies === undefined || policies === 'external')) {
    throw new CommandError(EXIT.usage, '--template runs without a cluster: say with --policies DIR where the policies go');
  }
  if (template === undefined && policies !== undefined && policies !== 'external') {
    throw new CommandError(
      EXIT.usage,
      '--policies DIR needs --template: with a cluster the policies go to the API server (or --policies external)',
    );
  }
  const scanTargets = localTargets(texts(raw.scanTarget));
  if (template === undefined && scanTargets.length > 0) {
    throw new CommandError(EXIT.usage, '--scan-target needs --template: with a cluster the pods themselves say where they are');
  }
  if (template !== undefined && text('certificates') === undefined) {
    throw new CommandError(EXIT.usage, '--template runs without a cluster: say with --certificates DIR where the certificates are kept');
  }
  return {
    role,
    namespace: text('namespace') ?? 'portcullis-system',
    agentNamespace: text('agentNamespace') ?? AGENT_NAMESPACE,
    service: text('service') ?? 'portcullis-webhook',
    host: text('host') ?? '0.0.0.0',
    port: portNumber('--port', text('port')),
    metricsPort: portNumber('--metrics-port', text('metricsPort')),
    addresses: texts(raw.address),
    failClosed: raw.failClosed === true,
    scanTargets,
    engine: oneOf('--engine', ['auto', 'nmap', 'connect', 'off'], text('engine')),
    scanPeriodSeconds: period('--scan-period', text('scanPeriod')),
    enforcementPeriodSeconds: period('--enforcement-period', text('enforcementPeriod')),
    stopDelaySeconds: seconds('--stop-delay', text('stopDelay')),
    ...present({
      certificates: text('certificates'),
      clientCa: text('clientCa'),
      kubeconfig: text('kubeconfig'),
      context: text('context'),
      template,
      policies,
    }),
  };
}

function oneOf<T extends string>(option: string, allowed: readonly T[], value: string | undefined): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new CommandError(EXIT.usage, `${option} ${value}: write one of ${allowed.join(', ')}`);
  return found;
}

function portNumber(option: string, value: string | undefined): number {
  const number = Number(value);
  if (!/^\d+$/.test(value ?? '') || number > 65535)
    throw new CommandError(EXIT.usage, `${option} ${value}: write a port from 0 (any free one) to 65535`);
  return number;
}

function seconds(option: string, value: string | undefined): number {
  if (!/^\d+(\.\d+)?$/.test(value ?? '')) throw new CommandError(EXIT.usage, `${option} ${value}: write a number of seconds`);
  return Number(value);
}

/** A shorter one would scan without end. */
function period(option: string, value: string | undefined): number {
  const length = seconds(option, value);
  if (length < SHORTEST_PERIOD) throw new CommandError(EXIT.usage, `${option} ${value}: write at least ${SHORTEST_PERIOD} seconds`);
  return length;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function present<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: string };
}
