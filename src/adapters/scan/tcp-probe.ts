import { Socket } from 'node:net';
import type { Reachability } from '../../core/finding.ts';

/**
 * What one probe learned. `unreachable`: the network says that it has no way to the address (which a policy may say as well).
 * `exhausted`: this machine had no descriptor or no local port left; the probe was not made.
 */
export type ProbeResult = Reachability | 'unreachable' | 'exhausted';

export interface ProbeTarget {
  readonly address: string;
  readonly port: number;
}

/** A probe under way. Cancelled, it learned nothing: `unknown`. `result` never rejects. */
export interface Attempt {
  readonly result: Promise<ProbeResult>;
  cancel(): void;
}

/** What the errors of connect(2) say about the port. Others say nothing about it. */
const MEANINGS: Readonly<Record<string, ProbeResult>> = {
  ECONNREFUSED: 'closed',
  ECONNRESET: 'closed',
  ETIMEDOUT: 'filtered',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EMFILE: 'exhausted',
  ENFILE: 'exhausted',
  ENOBUFS: 'exhausted',
  ENOMEM: 'exhausted',
  EADDRNOTAVAIL: 'exhausted',
};

/** The meaning of an error code. */
export function meaningOf(code: string | undefined): ProbeResult {
  return MEANINGS[code ?? ''] ?? 'unknown';
}

/**
 * A socket that tells how it failed and is then closed as if it had not: an error that goes through a stream has its stack written out first,
 * which is a third of the cost of a probe.
 */
class ProbeSocket extends Socket {
  failed: (code: string | undefined) => void = () => {};

  override destroy(error?: NodeJS.ErrnoException | null): this {
    if (error !== undefined && error !== null) this.failed(error.code);
    return super.destroy();
  }
}

/**
 * Opens one TCP connection and closes it at once, with a reset: thousands of probes leave no TIME_WAIT behind. A handshake is an answer,
 * also of a program that never accepts. No answer within `timeoutMs` is `filtered`.
 */
export function probeTcp({ address, port }: ProbeTarget, timeoutMs: number): Attempt {
  const { promise, resolve } = settleable<ProbeResult>();
  const socket = new ProbeSocket();
  let ended = false;
  const end = (result: ProbeResult) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    resolve(result);
    if (result === 'open') socket.resetAndDestroy();
    else socket.destroy();
  };
  const timer = afterAnswers(timeoutMs, () => end('filtered'));
  socket.failed = (code) => end(meaningOf(code));
  socket.once('connect', () => end(isSelfConnection(socket) ? 'closed' : 'open'));
  socket.connect({ host: address, port });
  return { result: promise, cancel: () => end('unknown') };
}

/**
 * Whether a connection met itself: on loopback the kernel may give the client the very port that it asks for, and TCP completes the
 * handshake with itself (RFC 9293, 3.5, simultaneous open). That proves that nobody listens.
 */
export function isSelfConnection({ localAddress, localPort, remoteAddress, remotePort }: Socket): boolean {
  return localPort === remotePort && localAddress === remoteAddress;
}

/**
 * A timer that lets answers win which have already arrived: while this process is busy, timers are late but come before the sockets are
 * read, and an open port would be taken for a filtered one.
 */
export function afterAnswers(timeoutMs: number, act: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(act), timeoutMs);
}

/** A promise and its end. */
export function settleable<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
