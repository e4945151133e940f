import type { Io } from '../../src/cli/io.ts';

/** What a command printed. */
export interface RecordingIo extends Io {
  readonly printed: { out: string; err: string };
}

/** An Io in a pipe unless the fields say otherwise: no color, no progress, an empty environment, and everything that is printed remembered. */
export function recordingIo(fields: Partial<Pick<Io, 'color' | 'env' | 'progress'>> & { readonly stdin?: string } = {}): RecordingIo {
  const printed = { out: '', err: '' };
  const { stdin = '', ...others } = fields;
  return {
    printed,
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    stdin: async () => stdin,
    color: false,
    progress: false,
    env: {},
    stop: new AbortController().signal,
    ...others,
  };
}
