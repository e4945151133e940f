import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** A process that runs beside the test. It dies with us, also when we are killed by kill -9. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** How it ended; undefined as long as it runs. */
  ending(): Ending | undefined;
  /** The last lines of its log, for error messages. */
  tail(): string;
  /** Sends a signal (SIGKILL unless told otherwise) and waits until the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<Ending>;
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Standard output and error are appended to this file. */
  readonly log: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const TAIL_LINES = 30;
const LAST_WORD = ['--pdeathsig', 'KILL'];

/** Starts a process whose output goes to a log file. Throws when it cannot be started at all (no setpriv). */
export function startChild({ name, command, log, ...options }: ChildOptions): Child {
  const output = openSync(log, 'a');
  const child = spawn('setpriv', [...LAST_WORD, ...command], { ...options, stdio: ['ignore', output, output] });
  closeSync(output);
  let ending: Ending | undefined;
  const ended = new Promise<Ending>((resolve) => {
    child.once('error', () => undefined);
    child.once('exit', (code, signal) => {
      ending = { code, signal };
      resolve(ending);
    });
  });
  if (child.pid === undefined) throw new Error(`cannot start ${name}: the program setpriv (util-linux) is missing`);
  return {
    name,
    pid: child.pid,
    ending: () => ending,
    tail: () => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n'),
    async kill(signal = 'SIGKILL') {
      if (ending === undefined) child.kill(signal);
      return ended;
    },
  };
}

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which the command is killed (its code is null then). */
  readonly timeout?: number;
}

/** Runs a command to its end; it dies with us. Answers its exit code and output; throws only when it cannot be started. */
export function run(command: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { stdin = '', ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = spawn('setpriv', [...LAST_WORD, ...command], { ...rest, killSignal: 'SIGKILL', stdio: ['pipe', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
    child.stdin.on('error', () => undefined); // the command need not read what it is given
    child.stdin.end(stdin);
  });
}

/** Says whether a process runs. A zombie (ended, not yet reaped by its parent) does not run any more: proc(5), field 3. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const state = stat.slice(stat.lastIndexOf(')') + 2).charAt(0);
    return state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
