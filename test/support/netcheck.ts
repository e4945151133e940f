import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { netcheckProgram } from '../cluster/netcheck.ts';
import { type Result, run } from '../cluster/proc.ts';

const DEADLINE = 15_000;

/** Runs netcheck to its end. */
export async function netcheck(args: readonly string[], stdin = ''): Promise<Result> {
  return run([await netcheckProgram(), ...args], { stdin, timeout: DEADLINE });
}

/** Network and processes of its own: what the setup starts ends with the shell. */
const ALONE = ['unshare', '--net', '--pid', '--fork', '--kill-child=KILL'];

/** The same in a network namespace of its own, with nothing but what the lines of shell before it set up; `$1` is netcheck. Needs root. */
export async function netcheckAlone(args: readonly string[], setup = ''): Promise<Result> {
  const script = `${setup}\n"$@"`;
  return run([...ALONE, 'sh', '-ec', script, 'sh', await netcheckProgram(), ...args], { timeout: DEADLINE });
}

/** One line of `netcheck probe`. */
export interface Probed {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly answer: string;
  readonly detail: string;
}

export const probed = (stdout: string): readonly Probed[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line): Probed => JSON.parse(line));

/** A `netcheck listen` that runs. */
export interface Listening {
  /** What it said first, a line for each socket that it opened at once. */
  readonly lines: readonly string[];
  /** Their ports, in the same order. */
  readonly ports: readonly number[];
  nextLine(): Promise<string>;
  /** Ends it and answers its exit code and signal. */
  end(signal?: NodeJS.Signals): Promise<readonly unknown[]>;
}

/** Starts `netcheck listen` and waits until it said that many sockets. */
export async function startListening(specs: readonly string[], opened = specs.length): Promise<Listening> {
  const child = spawn(await netcheckProgram(), ['listen', ...specs], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => String((await said.next()).value);
  const lines: string[] = [];
  while (lines.length < opened) lines.push(await nextLine());
  const ports = lines.map((line) => Number(line.slice(line.lastIndexOf(':') + 1)));
  return { lines, ports, nextLine, end: (signal = 'SIGKILL') => endOf(child, signal) };
}

/** Sends a signal and waits for the end: exit code and signal. */
export async function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<readonly unknown[]> {
  if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode];
  const ended = once(child, 'exit');
  child.kill(signal);
  return ended;
}
