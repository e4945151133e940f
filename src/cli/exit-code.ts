/** What the exit code of every command means. Several that apply: the highest. */
export const EXIT = {
  clean: 0,
  /** Violations in mode enforce (with --strict: in mode audit as well). */
  violations: 1,
  /** Wrong usage, or input that cannot be read; the rest is still judged and printed. */
  usage: 2,
  /** The cluster or a tool failed. */
  failed: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The code of a run in which all of these happened. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  return [EXIT.failed, EXIT.usage, EXIT.violations].find((code) => codes.includes(code)) ?? EXIT.clean;
}

/** An error whose message is meant for the person at the terminal, and the code to leave with. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}
