import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { connectScanner } from '../../../src/adapters/scan/connect.ts';
import { isSelfConnection } from '../../../src/adapters/scan/tcp-probe.ts';
import type { OutsideView } from '../../../src/core/finding.ts';
import { formatPort, type Port } from '../../../src/core/port.ts';
import { droppingListener, type TestListener, tcpListener, udpListener } from '../../support/listeners.ts';

const NEVER = new AbortController().signal;
const SCANNER = fileURLToPath(new URL('../../../src/adapters/scan/connect.ts', import.meta.url));

const opened: TestListener[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((listener) => listener.close()));
});

function keep<T extends TestListener>(listener: T): T {
  opened.push(listener);
  return listener;
}

function words(view: OutsideView): unknown[] {
  const probes = view.known ? view.probes : view.partial;
  return [view.known || view.reason, ...probes.map((probe) => `${formatPort(probe.port)} ${probe.reachability}`)];
}

describe('the scanner without nmap', () => {
  it('tells of UDP what can be told: an answer, and a port that is refused', async () => {
    const answering = keep(await udpListener({ answers: true }));
    const closed = await udpListener();
    await closed.close();
    const ports: Port[] = [answering, closed].map(({ number }) => ({ number, protocol: 'UDP' }));
    expect(words(await connectScanner().scan({ address: '127.0.0.1', ports }, NEVER))).toEqual([
      true,
      `${answering.number}/UDP open`,
      `${closed.number}/UDP closed`,
    ]);
  });

  it('does not take an open port for a filtered one because this process is busy', async () => {
    const open = keep(await tcpListener());
    const ports: Port[] = [{ number: open.number, protocol: 'TCP' }];
    const scanning = connectScanner({ timeoutMs: 20 }).scan({ address: '127.0.0.1', ports }, NEVER);
    process.nextTick(() => process.nextTick(beBusy, 100));
    expect(words(await scanning)).toEqual([true, `${open.number}/TCP open`]);
  });

  it('knows a connection that met itself from an open port', async () => {
    const open = keep(await tcpListener());
    const free = await tcpListener();
    await free.close();
    const itself = connect({ host: '127.0.0.1', port: free.number, localPort: free.number });
    const other = connect({ host: '127.0.0.1', port: open.number }).on('error', () => {});
    await Promise.all([itself, other].map((socket) => once(socket, 'connect')));
    expect([itself, other].map(isSelfConnection)).toEqual([true, false]);
    for (const socket of [itself, other]) socket.destroy();
  });

  it('is not known at its deadline, and shows what it saw', async () => {
    const open = keep(await tcpListener());
    const dropping = keep(await droppingListener());
    const ports: Port[] = [open, dropping].map(({ number }) => ({ number, protocol: 'TCP' }));
    const view = await connectScanner({ timeoutMs: 60_000, deadlineMs: 1_500 }).scan({ address: '127.0.0.1', ports }, NEVER);
    expect(words(view)).toEqual(['it did not end within 1500 ms', `${open.number}/TCP open`]);
  });

  it('goes on with fewer connections where this machine has no more descriptors, and loses no port', async () => {
    const open = keep(await tcpListener());
    const code = `
      import { connectScanner } from ${JSON.stringify(SCANNER)};
      const ports = [...Array.from({ length: 400 }, (_, index) => index + 1), ${open.number}].map((number) => ({ number, protocol: 'TCP' }));
      const view = await connectScanner().scan({ address: '127.0.0.1', ports }, new AbortController().signal);
      const states = view.known ? view.probes.map(({ reachability }) => reachability) : [view.reason];
      console.log(JSON.stringify([view.known, states.length, states.at(-1), states.includes('unknown'), states.includes('filtered')]));
    `;
    const run = ['-c', 'ulimit -n 100 && exec "$0" --import tsx --input-type=module -e "$1"', process.execPath, code];
    const { stdout } = await promisify(execFile)('/bin/sh', run);
    expect(JSON.parse(stdout)).toEqual([true, 401, 'open', false, false]);
  });
});

/** Keeps this process from reading its sockets. */
function beBusy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}
