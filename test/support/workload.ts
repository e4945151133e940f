import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process that listens, like the one container of a pod. */
export interface TestWorkload {
  readonly address: string;
  readonly pid: number;
  /** Its TCP ports, the lowest first. */
  readonly ports: readonly number[];
  close(): Promise<void>;
}

const LISTENING = `
  const { createServer } = require('node:net');
  const [address, count] = process.argv.slice(1);
  const listen = () => new Promise((resolve) => {
    const server = createServer((socket) => socket.on('error', () => {}).destroy());
    server.listen(0, address, () => resolve(server.address().port));
  });
  Promise.all(Array.from({ length: Number(count) }, listen)).then((ports) => console.log(JSON.stringify(ports)));
`;

/** Starts a process that listens on this many free TCP ports of an address of 127.0.0.0/8. */
export async function startWorkload(address: string, count: number): Promise<TestWorkload> {
  const child = spawn(process.execPath, ['-e', LISTENING, address, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  const ports = (JSON.parse(line) as number[]).sort((a, b) => a - b);
  return {
    address,
    pid: child.pid ?? 0,
    ports,
    async close() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
