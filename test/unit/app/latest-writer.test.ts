import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeLatestWriter } from '../../../src/app/latest-writer.ts';

const RETRY_MS = 1_000;

/** A writer onto a board whose writes end when the test says so. */
function board() {
  const begun: string[] = [];
  const failures: unknown[] = [];
  let settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  const writer = makeLatestWriter<string>({
    write: (value) => {
      begun.push(value);
      return new Promise((resolve, reject) => {
        settle = { resolve, reject };
      });
    },
    failed: (error) => failures.push(error),
    retryMs: RETRY_MS,
  });
  const end = async (how: (pending: NonNullable<typeof settle>) => void) => {
    const pending = settle;
    settle = undefined;
    if (pending === undefined) throw new Error('nothing is being written');
    how(pending);
    await vi.advanceTimersByTimeAsync(0);
  };
  return {
    writer,
    begun,
    failures,
    succeed: () => end(({ resolve }) => resolve()),
    fail: (message: string) => end(({ reject }) => reject(new Error(message))),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a writer of the latest value', () => {
  it('writes one at a time, and of those that came meanwhile only the newest', async () => {
    const { writer, begun, succeed } = board();
    for (const value of ['a', 'b', 'c']) writer.write(value);
    expect(begun).toEqual(['a']);
    await succeed();
    expect(begun).toEqual(['a', 'c']);
    await succeed();
    expect(begun).toEqual(['a', 'c']);
  });

  it('writes what reads the same only once', async () => {
    const { writer, begun, succeed } = board();
    writer.write('a');
    await succeed();
    writer.write('a');
    writer.write('b');
    expect(begun).toEqual(['a', 'b']);
    await succeed();
    writer.write('a');
    expect(begun).toEqual(['a', 'b', 'a']);
  });

  it('writes again what is gone', async () => {
    const { writer, begun, succeed } = board();
    writer.again();
    expect(begun).toEqual([]);
    writer.write('a');
    await succeed();
    writer.again();
    expect(begun).toEqual(['a', 'a']);
    await succeed();
    writer.write('a');
    expect(begun).toEqual(['a', 'a']);
  });

  it('writes once more what went while it was written', async () => {
    const { writer, begun, succeed } = board();
    writer.write('a');
    writer.again();
    expect(begun).toEqual(['a']);
    await succeed();
    expect(begun).toEqual(['a', 'a']);
  });

  it('writes nothing where the newest is what stands there already', async () => {
    const { writer, begun, succeed } = board();
    writer.write('a');
    writer.write('b');
    writer.write('a');
    await succeed();
    expect(begun).toEqual(['a']);
  });

  it('tries a failed write again after the pause, and tells of each failure', async () => {
    const { writer, begun, failures, succeed, fail } = board();
    writer.write('a');
    await fail('busy');
    await vi.advanceTimersByTimeAsync(RETRY_MS - 1);
    expect(begun).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(1);
    await fail('still busy');
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    await succeed();
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(begun).toEqual(['a', 'a', 'a']);
    expect(failures).toEqual([new Error('busy'), new Error('still busy')]);
  });

  it('does not wait for the pause when a new value comes, and does not write the old one again', async () => {
    const { writer, begun, succeed, fail } = board();
    writer.write('a');
    await fail('busy');
    writer.write('b');
    await succeed();
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(begun).toEqual(['a', 'b']);
  });

  it('loses no value that comes in the moment in which a write ends', async () => {
    const { writer, begun, succeed } = board();
    writer.write('a');
    const ended = succeed();
    for (let turn = 0; turn < 4; turn += 1) {
      await Promise.resolve();
      if (turn === 2) writer.write('b');
    }
    await ended;
    expect(begun).toEqual(['a', 'b']);
  });

  it('that is stopped ends after the write under way', async () => {
    const { writer, begun, succeed } = board();
    writer.write('a');
    let isStopped = false;
    const stopped = writer.stop().then(() => {
      isStopped = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(isStopped).toBe(false);
    await succeed();
    await stopped;
    expect(begun).toEqual(['a']);
  });

  it('that is stopped tries nothing again and begins nothing', async () => {
    const { writer, begun, fail } = board();
    writer.write('a');
    await fail('busy');
    await writer.stop();
    writer.write('b');
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(begun).toEqual(['a']);
  });

  it('whose last write fails while it is stopped resolves and tries nothing again', async () => {
    const { writer, begun, failures, fail } = board();
    writer.write('a');
    const stopped = writer.stop();
    await fail('gone');
    await stopped;
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect({ begun, failures }).toEqual({ begun: ['a'], failures: [new Error('gone')] });
  });
});
