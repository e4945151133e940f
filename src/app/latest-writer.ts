/**
 * Writes the latest value, one write at a time: values that come during a write are replaced by the newest. A failed write is tried again
 * with the next value or after a pause, whichever is first.
 */
export interface LatestWriter<T> {
  write(value: T): void;
  /** What was written is no longer there as it was: the latest value is written once more, where there is one. */
  again(): void;
  /** Begins nothing more; resolves when the write under way has ended. */
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
  let isDisturbed = false;
  let running: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;
  const isDue = () => !stopped && wanted !== undefined && JSON.stringify(wanted) !== written;
  const writeOne = async (value: T) => {
    isDisturbed = false;
    try {
      await write(value);
      // While it was written: nobody knows which came first.
      written = isDisturbed ? undefined : JSON.stringify(value);
    } catch (error) {
      failed(error);
      return false;
    }
    return true;
  };
  const run = async (first: T) => {
    let succeeded = await writeOne(first);
    while (succeeded && wanted !== undefined && isDue()) succeeded = await writeOne(wanted);
    // Set here, in the same turn as the last look at `wanted`: a value that comes later starts anew.
    running = undefined;
    if (!succeeded && !stopped) retry = setTimeout(start, retryMs);
  };
  const start = () => {
    if (running !== undefined || wanted === undefined || !isDue()) return;
    clearTimeout(retry);
    running = run(wanted);
  };
  return {
    write: (value) => {
      wanted = value;
      start();
    },
    again: () => {
      isDisturbed = true;
      written = undefined;
      start();
    },
    stop: async () => {
      stopped = true;
      clearTimeout(retry);
      await running;
    },
  };
}
