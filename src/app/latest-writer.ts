/**
 * Writes the latest value, one write at a time: values that come during a write are replaced by the newest. A failed write is tried again
 * with the next value or after a pause, whichever is first.
 */
export interface LatestWriter<T> {
  write(value: T): void;
  /** Resolves when nothing is to be written. */
  stop(): Promise<void>;
}

export interface LatestWriterOptions<T> {
  readonly write: (value: T) => Promise<void>;
  readonly failed: (error: unknown) => void;
  readonly retryMs: number;
}

/** Makes a writer that has written nothing. Values that read the same as the last written one are not written. */
export function makeLatestWriter<T>({ write, failed, retryMs }: LatestWriterOptions<T>): LatestWriter<T> {
  let wanted: T | undefined;
  let written: string | undefined;
  let running: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;
  const run = async () => {
    while (wanted !== undefined && JSON.stringify(wanted) !== written) {
      const text = JSON.stringify(wanted);
      try {
        await write(wanted);
        written = text;
      } catch (error) {
        failed(error);
        if (!stopped) retry = setTimeout(start, retryMs);
        return;
      }
    }
  };
  const start = () => {
    clearTimeout(retry);
    running ??= run().finally(() => {
      running = undefined;
    });
  };
  return {
    write: (value) => {
      wanted = value;
      start();
    },
    stop: async () => {
      stopped = true;
      clearTimeout(retry);
      await running;
    },
  };
}
