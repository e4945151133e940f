import { asList, asRecord, parseJson, textOf } from '../../core/unknown.ts';
import { KubeError } from './kube-error.ts';

/** How a command ended, and what it wrote. */
export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The reason of a KubeError where the container has no such program. */
export const NO_PROGRAM = 'NoProgram';

/** What runc, crun and their callers say of a program that is not in the image (`cat` in a distroless one). */
const NOT_THERE = /executable file (not found|`[^`]*` not found)|not found in \$PATH|(stat|exec:?) .*no such file or directory/i;

/** How a shell, or a runtime in its place, says the same as an exit code. */
const EXIT_NOT_THERE = 127;

/**
 * The end of a command from the Status object on the last channel (k8s.io/apimachinery, remotecommand: `Success`, or `Failure` with reason
 * `NonZeroExitCode` and the code as a cause). Any other failure is a KubeError: the command did not run.
 */
export function readExecStatus(what: string, text: string, texts: Pick<ExecResult, 'stdout' | 'stderr'>): ExecResult | KubeError {
  const status = asRecord(parseJson(text));
  if (status.status === 'Success') return { code: 0, ...texts };
  const code = exitCode(status);
  if (code === EXIT_NOT_THERE) return noProgram(what);
  if (code !== undefined) return { code, ...texts };
  const message = textOf(status.message);
  if (NOT_THERE.test(message)) return noProgram(what);
  const said = message || `the status of the command cannot be read: ${text.slice(0, 200)}`;
  return new KubeError(`${what}: ${said}`, {
    status: typeof status.code === 'number' ? status.code : 0,
    reason: textOf(status.reason) || 'Malformed',
  });
}

function noProgram(what: string): KubeError {
  return new KubeError(`${what}: there is no such program`, { status: 0, reason: NO_PROGRAM });
}

function exitCode({ reason, details }: Readonly<Record<string, unknown>>): number | undefined {
  if (reason !== 'NonZeroExitCode') return undefined;
  const causes = asList(asRecord(details).causes).map(asRecord);
  const code = Number(textOf(causes.find((cause) => cause.reason === 'ExitCode')?.message) || Number.NaN);
  return Number.isInteger(code) ? code : undefined;
}
