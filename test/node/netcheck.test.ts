import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { netcheckProgram } from '../cluster/netcheck.ts';
import { until } from '../cluster/wait.ts';
import { hasIpv6, tcpListener, udpListener } from '../support/listeners.ts';
import { endOf, type Listening, netcheck, netcheckAlone, probed, startListening } from '../support/netcheck.ts';

beforeAll(() => netcheckProgram(), 300_000);

const running: Listening[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.end();
});

async function listening(specs: readonly string[], opened?: number): Promise<Listening> {
  const started = await startListening(specs, opened);
  running.push(started);
  return started;
}

describe('netcheck listen', () => {
  it('says each socket that it opened', async () => {
    const { lines } = await listening(['tcp:0', 'udp:0', 'tcp:127.0.0.1:0']);
    expect(lines.map((line) => line.replace(/\d+$/, 'PORT'))).toEqual([
      'listening tcp 0.0.0.0:PORT',
      'listening udp 0.0.0.0:PORT',
      'listening tcp 127.0.0.1:PORT',
    ]);
  });

  it('greets over TCP and closes', async () => {
    const { ports } = await listening(['tcp:127.0.0.1:0']);
    expect(await text(connect({ host: '127.0.0.1', port: Number(ports[0]) }))).toBe('netcheck\n');
  });

  it('echoes over UDP', async () => {
    const { ports } = await listening(['udp:127.0.0.1:0']);
    const socket = createSocket('udp4');
    const heard = once(socket, 'message');
    socket.send('what I said', Number(ports[0]), '127.0.0.1');
    const [answer] = await heard;
    socket.close();
    expect(String(answer)).toBe('what I said');
  });

  it.runIf(hasIpv6)('opens [::] for both families, and for IPv6 alone when asked', async () => {
    const { ports } = await listening(['tcp:[::]:0', 'tcp6only:[::]:0', 'udp:[::]:0', 'udp6only:[::]:0']);
    const protocols = ['tcp', 'tcp', 'udp', 'udp'];
    const lines = ['127.0.0.1', '::1'].flatMap((address) => ports.map((port, index) => `${protocols[index]} ${address} ${port}`));
    const { stdout } = await netcheck(['probe', ...lines]);
    const answers = probed(stdout).map(({ answer }) => answer);
    expect(answers).toEqual(['open', 'refused', 'open', 'refused', 'open', 'open', 'open', 'open']);
  });

  it("binds the pod's own address, not loopback", async () => {
    const setup = [
      'ip link set lo up',
      'ip addr add 10.244.0.5/24 dev lo',
      '"$1" listen pod:tcp:7000 pod:udp:7000 >&2 &',
      'until "$1" probe "udp 10.244.0.5 7000" | grep -q open; do :; done',
    ].join('\n');
    const lines = ['tcp', 'udp'].flatMap((protocol) => [`${protocol} 10.244.0.5 7000`, `${protocol} 127.0.0.1 7000`]);
    const { stdout, stderr } = await netcheckAlone(['probe', ...lines], setup);
    expect(stderr).toBe('listening tcp 10.244.0.5:7000\nlistening udp 10.244.0.5:7000\n');
    expect(probed(stdout).map(({ answer }) => answer)).toEqual(['open', 'refused', 'open', 'refused']);
  });

  it('says that a pod without an address has none', async () => {
    const { code, stderr } = await netcheckAlone(['listen', 'pod:tcp:7000']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'netcheck: no interface has an IPv4 address that is not loopback\n' });
  });

  it('opens one later', async () => {
    const { lines, nextLine } = await listening(['after=200ms,tcp:127.0.0.1:0', 'udp:127.0.0.1:0'], 1);
    expect(lines[0]).toMatch(/^listening udp /);
    expect(await nextLine()).toMatch(/^listening tcp 127\.0\.0\.1:\d+$/);
  });

  it('keeps a UDP socket that sent one datagram, on a port that the kernel chose', async () => {
    const server = createSocket('udp4').bind(0, '127.0.0.1');
    await once(server, 'listening');
    const heard = once(server, 'message');
    const { lines, ports } = await listening([`udpclient:127.0.0.1:${server.address().port}`]);
    const [message, from] = await heard;
    server.close();
    expect([String(message), from.port]).toEqual(['netcheck\n', ports[0]]);
    expect(lines[0]).toMatch(/^sent udp 0\.0\.0\.0:\d+$/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s, whatever it still waits for', async (signal) => {
    const { end } = await listening(['tcp:127.0.0.1:0', 'udp:127.0.0.1:0', 'after=1h,tcp:0'], 2);
    expect(await end(signal)).toEqual([0, null]);
  });

  it('fails when a port is taken', async () => {
    const taken = await tcpListener();
    const { code, stderr } = await netcheck(['listen', `tcp:127.0.0.1:${taken.number}`]);
    await taken.close();
    const words = `netcheck: listen tcp4 127.0.0.1:${taken.number}: bind: address already in use\n`;
    expect({ code, stderr }).toEqual({ code: 1, stderr: words });
  });
});

describe('netcheck resolve', () => {
  it('prints the addresses of a name', async () => {
    const { code, stdout } = await netcheck(['resolve', 'localhost']);
    expect({ code, known: stdout.split('\n').includes('127.0.0.1') }).toEqual({ code: 0, known: true });
  });

  it('fails with the error', async () => {
    const { code, stdout, stderr } = await netcheckAlone(['resolve', 'nobody.invalid']);
    expect({ code, stdout, words: stderr.slice(0, 31) }).toEqual({ code: 1, stdout: '', words: 'netcheck: lookup nobody.invalid' });
  });
});

describe('netcheck pause', () => {
  it('reaps children, those that ended before it started too, and ends with 0 on SIGTERM', async () => {
    // the shell becomes netcheck, which then has children that it did not start: so has the first process of a pod
    const script = 'true & sleep 0.2 & sleep 0.3 & exec "$0" pause';
    const child = spawn('sh', ['-c', script, await netcheckProgram()], { stdio: 'inherit' });
    const comm = () => readFileSync(`/proc/${child.pid}/comm`, 'utf8');
    const children = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    await until('the shell to become netcheck', async () => comm() === 'netcheck\n', { deadline: 10_000 });
    expect(children()).not.toBe('');
    await until('the children to be reaped', async () => children() === '', { deadline: 10_000 });
    expect(await endOf(child, 'SIGTERM')).toEqual([0, null]);
  });
});

describe('netcheck told a mistake', () => {
  const noSocket = 'is no socket: tcp:, udp:, tcp6only:, udp6only:, pod: or udpclient:';

  it.each([
    ['no command', [], 'a command is missing'],
    ['an unknown command', ['serve'], '"serve" is no command'],
    ['no socket', ['listen'], 'listen: a SPEC is missing'],
    ['a word that is no socket', ['listen', 'sctp:1'], `"sctp:1": "sctp:1" ${noSocket}`],
    ['a port too high', ['listen', 'tcp:65536'], '"tcp:65536": "65536" is no PORT and no ADDRESS:PORT'],
    ['a name for an address', ['listen', 'udp:web:53'], '"udp:web:53": "web:53" is no PORT and no ADDRESS:PORT'],
    ['IPv4 for IPv6', ['listen', 'tcp6only:127.0.0.1:80'], '"tcp6only:127.0.0.1:80": "127.0.0.1:80" is no [ADDRESS]:PORT of IPv6'],
    ['an address of a pod', ['listen', 'pod:tcp:10.0.0.1:80'], '"pod:tcp:10.0.0.1:80": "tcp:10.0.0.1:80" is not tcp:PORT or udp:PORT'],
    ['nobody to send to', ['listen', 'udpclient:53'], '"udpclient:53": "53" is no ADDRESS:PORT'],
    ['no unit of time', ['listen', 'after=20,tcp:1'], '"after=20,tcp:1": "20" is no duration like 20s'],
    ['nothing after the delay', ['listen', 'after=20s'], `"after=20s": "" ${noSocket}`],
    ['two names', ['resolve', 'a', 'b'], 'resolve takes one NAME'],
    ['something to wait for', ['pause', '1s'], 'pause takes no arguments'],
  ])('%s', async (_, args, words) => {
    const { code, stdout, stderr } = await netcheck(args);
    const [first, second] = stderr.split('\n');
    expect({ code, stdout, first, second }).toEqual({ code: 2, stdout: '', first: `netcheck: ${words}`, second: 'usage:' });
  });

  it('opens nothing when one of its sockets is a mistake', async () => {
    const socket = await udpListener();
    const { stdout } = await netcheck(['listen', `udpclient:127.0.0.1:${socket.number}`, 'tcp:x']);
    await socket.close();
    expect(stdout).toBe('');
  });
});
