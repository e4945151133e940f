import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type Attempt, afterAnswers, meaningOf, type ProbeResult, type ProbeTarget, settleable } from './tcp-probe.ts';

/**
 * Sends an empty datagram from a connected socket, twice. A datagram back is `open`; an ICMP port-unreachable arrives as ECONNREFUSED and is
 * `closed`; silence proves nothing and is `unknown`, since listeners and dropped packets look the same (case 19).
 */
export function probeUdp({ address, port }: ProbeTarget, timeoutMs: number): Attempt {
  const { promise, resolve } = settleable<ProbeResult>();
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  let ended = false;
  const end = (result: ProbeResult) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    clearInterval(again);
    socket.close();
    resolve(result === 'filtered' ? 'unknown' : result);
  };
  const onError = (error: NodeJS.ErrnoException) => end(meaningOf(error.code));
  const send = () => !ended && socket.send(new Uint8Array(0), (error) => error !== null && onError(error));
  const timer = afterAnswers(timeoutMs, () => end('unknown'));
  const again = setInterval(send, timeoutMs / 2);
  socket.on('error', onError);
  socket.once('message', () => end('open'));
  socket.once('connect', send);
  socket.connect(port, address);
  return { result: promise, cancel: () => end('unknown') };
}
