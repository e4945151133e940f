import { hostname } from 'node:os';
import type { Command } from 'commander';
import { CommandError, EXIT } from './exit-code.ts';

/** What `agent` was asked for, checked. */
export interface AgentOptions {
  readonly node: string;
  readonly host: string;
  readonly port: number;
  readonly healthPort: number;
  readonly canaryPermitted: number;
  readonly canaryDenied: number;
  /** A folder with tls.crt, tls.key and ca.crt. */
  readonly certificates: string;
  readonly everyMs: number;
  readonly proc: string;
}

type Raw = Readonly<Record<string, unknown>>;

const HELP = `
It needs the processes of the node (hostPID) and no right beyond, and never asks the API server. With the capabilities
SYS_PTRACE and DAC_READ_SEARCH, as root, it tells the names of processes as well.

Examples:
  portcullis agent --certificates /certificates     in a pod of each node: answers the controller
  portcullis agent --once                           the sockets of every pod of this node, as JSON

Exit codes: 0 stopped, or printed, 2 wrong usage, 3 it cannot serve or read the processes.`;

/** Adds the words of `agent` to its command. */
export function agentWords(command: Command, env: Readonly<Record<string, string | undefined>>): Command {
  const named = command
    .description('Observe the pods of one node: which ports they listen on')
    .option('--once', 'print what listens now and leave')
    .option('--certificates <dir>', 'the folder of tls.crt, tls.key and ca.crt; they may come later')
    .option('--host <address>', 'the address to listen on', '0.0.0.0')
    .option('--port <number>', 'the TLS port for the controller', '9443')
    .option('--health-port <number>', 'the port of /healthz and /readyz', '8081')
    .option('--canary-permitted <number>', 'the canary port that the policy of the namespace permits', '9444')
    .option('--canary-denied <number>', 'the canary port that it does not permit', '9445')
    .option('--every <seconds>', 'how often to look for changes', '1')
    .option('--proc <dir>', 'where procfs is mounted', '/proc')
    .addHelpText('after', HELP);
  return env.PORTCULLIS_NODE === undefined
    ? named.option('--node <name>', 'the name of the node (PORTCULLIS_NODE)')
    : named.option('--node <name>', 'the name of the node (PORTCULLIS_NODE)', env.PORTCULLIS_NODE);
}

/** Checks what commander read; every mistake is a CommandError that says what would be right. */
export function agentOptions(raw: Raw): AgentOptions {
  const [node, certificates] = [textOf(raw.node), textOf(raw.certificates)];
  if (node === undefined) throw new CommandError(EXIT.usage, 'say with --node, or PORTCULLIS_NODE, on which node this agent runs');
  if (certificates === undefined) throw new CommandError(EXIT.usage, 'say with --certificates DIR where the certificates will be');
  return {
    node,
    certificates,
    host: textOf(raw.host) ?? '0.0.0.0',
    port: portNumber('--port', raw.port),
    healthPort: portNumber('--health-port', raw.healthPort),
    canaryPermitted: portNumber('--canary-permitted', raw.canaryPermitted),
    canaryDenied: portNumber('--canary-denied', raw.canaryDenied),
    everyMs: milliseconds('--every', raw.every),
    proc: textOf(raw.proc) ?? '/proc',
  };
}

/** What `--once` needs: there the node may be nameless. */
export function nodeOptions(raw: Raw): Pick<AgentOptions, 'node' | 'proc'> {
  return { node: textOf(raw.node) ?? hostname(), proc: textOf(raw.proc) ?? '/proc' };
}

/** An empty text, as of an unset variable, is none. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function portNumber(option: string, value: unknown): number {
  const text = textOf(value) ?? '';
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535)
    throw new CommandError(EXIT.usage, `${option} ${text}: write a port from 0 (any free one) to 65535`);
  return Number(text);
}

function milliseconds(option: string, value: unknown): number {
  const text = textOf(value) ?? '';
  if (!/^\d{1,4}(\.\d{1,3})?$/.test(text) || Number(text) < 0.1)
    throw new CommandError(EXIT.usage, `${option} ${text}: write a number of seconds, 0.1 or more`);
  return Number(text) * 1000;
}
