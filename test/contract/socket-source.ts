import { describe, expect, it } from 'vitest';
import { formatPort } from '../../src/core/port.ts';
import type { PodAddress, SocketSource } from '../../src/ports.ts';

export interface SocketSourceWorld {
  readonly source: SocketSource;
  /** A pod with exactly these listeners, as `address port`. */
  readonly pod: PodAddress;
  readonly listeners: readonly string[];
  /** A pod that the source cannot find. */
  readonly stranger: PodAddress;
  close(): Promise<void>;
}

/** The contract of every SocketSource. `open` makes a pod with listeners for one test. */
export function socketSourceContract(name: string, open: () => Promise<SocketSourceWorld>): void {
  describe(`the socket source ${name}`, () => {
    const inWorld = (test: (world: SocketSourceWorld) => Promise<void>) => async () => {
      const world = await open();
      try {
        await test(world);
      } finally {
        await world.close();
      }
    };

    it(
      'lists the listeners of a pod, and says by which way',
      inWorld(async ({ source, pod, listeners }) => {
        const view = await source.sockets(pod, new AbortController().signal);
        const seen = view.known ? view.listeners.map(({ address, port }) => `${address} ${formatPort(port)}`).sort() : view.reason;
        expect([seen, view.known && view.via]).toEqual([[...listeners].sort(), source.via]);
      }),
    );

    it(
      'knows nothing of a pod that it cannot find, and says why',
      inWorld(async ({ source, stranger }) => {
        const view = await source.sockets(stranger, new AbortController().signal);
        expect(view).toEqual({ known: false, reason: expect.stringMatching(/\w/) });
      }),
    );

    it(
      'knows nothing after an abort, and does not throw',
      inWorld(async ({ source, pod }) => {
        expect(await source.sockets(pod, AbortSignal.abort())).toEqual({ known: false, reason: expect.stringMatching(/\w/) });
      }),
    );
  });
}
