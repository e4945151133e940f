import type { ServerResponse } from 'node:http';
import type { Server } from 'node:https';

/** Sees open connections off. */
export interface Farewell {
  /** Those that are open now are closed after their next answer; those that come later are not. */
  toOpen(): void;
  /** Also those that come later. */
  toAll(): void;
}

/**
 * Connections end by `Connection: close` on an answer, and never in between: the API server sends on a connection that it takes for idle at any
 * moment, and where we close it in that moment the call fails (it is not sent again, kubernetes#127335).
 */
export function farewellOf(server: Server): Farewell {
  let staying: WeakSet<object> | undefined;
  let nobodyStays = false;
  /**
   * The answer that is under way on each open connection, the latest where there are several. A set that answers enter and leave would cost a call
   * a third of its time: each table that such a set outgrows keeps the next one, and all calls in it, until the next full collection.
   */
  const underWay = new Map<object, ServerResponse | undefined>();
  server.on('secureConnection', (socket) => {
    staying?.add(socket);
    socket.once('close', () => underWay.delete(socket));
  });
  server.prependListener('request', ({ socket }, response) => {
    underWay.set(socket, response);
    // Or the request, with its body, would stay until the next call.
    response.once('close', () => {
      if (underWay.get(socket) === response) underWay.set(socket, undefined);
    });
    if (nobodyStays || staying?.has(socket) === false) sayLast(response);
  });
  return {
    toOpen() {
      staying = new WeakSet();
      for (const response of underWay.values()) sayLast(response);
    },
    toAll() {
      nobodyStays = true;
      for (const response of underWay.values()) sayLast(response);
    },
  };
}

function sayLast(response: ServerResponse | undefined): void {
  if (response?.headersSent === false) response.setHeader('connection', 'close');
}
