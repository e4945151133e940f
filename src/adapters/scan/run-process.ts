import { type ChildProcess, spawn } from 'node:child_process';

/** How a process ended. `failure`: it could not be started, was stopped by us, or wrote too much; in words. */
export interface ProcessEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly failure?: string;
}

export interface ProcessLimits {
  readonly signal: AbortSignal;
  /** Milliseconds from the start; then it is stopped. */
  readonly deadlineMs: number;
  /** Bytes of standard output; then it is stopped. */
  readonly outputBytes: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number;
}

const STDERR_BYTES = 4096;

/** Nothing of our own environment reaches the program, but where to find others. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/**
 * Runs a program without a shell and waits until it has ended, with all processes that it started (they are one process group). Never
 * throws. Stopped at an abort, at the deadline and at the limit of output: SIGTERM, then SIGKILL.
 */
export function runProcess(path: string, argv: readonly string[], limits: ProcessLimits): Promise<ProcessEnd> {
  if (limits.signal.aborted) return Promise.resolve(notStarted('stopped before it began'));
  return new Promise((resolve) => {
    const child = spawn(path, argv, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: ENVIRONMENT });
    const stdout: Buffer[] = [];
    let size = 0;
    let stderr = '';
    const stopper = makeStopper(child, limits);
    // Where no descriptor is left for the pipes, there are none, whatever the types say.
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limits.outputBytes) stdout.push(chunk);
      else stopper.stop(`it wrote more than ${limits.outputBytes} bytes`);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderr.length < STDERR_BYTES) stderr = (stderr + chunk.toString('utf8')).slice(0, STDERR_BYTES);
    });
    const end = (ended: Pick<ProcessEnd, 'code' | 'signal' | 'failure'>) => {
      stopper.done();
      resolve({ stdout: Buffer.concat(stdout).toString('utf8'), stderr, ...ended });
    };
    child.on('error', (error: NodeJS.ErrnoException) =>
      end({ code: null, signal: null, failure: `it could not be started: ${error.code ?? error.message}` }),
    );
    child.once('close', (code, signal) => end({ code, signal, ...stopper.cause() }));
  });
}

function notStarted(failure: string): ProcessEnd {
  return { stdout: '', stderr: '', code: null, signal: null, failure };
}

interface Stopper {
  stop(why: string): void;
  cause(): { failure?: string };
  done(): void;
}

function makeStopper(child: ChildProcess, { signal, deadlineMs, graceMs }: ProcessLimits): Stopper {
  let why: string | undefined;
  let kill: NodeJS.Timeout | undefined;
  const stop = (cause: string) => {
    if (why !== undefined) return;
    why = cause;
    signalGroup(child, 'SIGTERM');
    kill = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  };
  const onAbort = () => stop('it was stopped');
  const deadline = setTimeout(() => stop(`it did not end within ${deadlineMs} ms`), deadlineMs);
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    stop,
    cause: () => (why === undefined ? {} : { failure: why }),
    done() {
      clearTimeout(deadline);
      clearTimeout(kill);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

/** The group of the child, which it leads; a group that is gone is quiet success. */
function signalGroup({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // Everything in it has ended.
  }
}
