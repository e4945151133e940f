import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { netcheckProgram } from '../cluster/netcheck.ts';
import { droppingListener, tcpListener, udpListener } from '../support/listeners.ts';
import { netcheck, netcheckAlone, probed, startListening } from '../support/netcheck.ts';

const CLOSED = 1; // nobody listens on tcpmux: loopback refuses it at once

beforeAll(() => netcheckProgram(), 300_000);

const line = (protocol: string, port: number, answer: string) => ({ protocol, address: '127.0.0.1', port, answer, detail: '' });

describe('netcheck probe', () => {
  it('tells open, refused and silent, over TCP and UDP, in the order of its lines', async () => {
    const listeners = [await droppingListener(), await tcpListener(), await udpListener(), await udpListener({ answers: true })];
    const [silentTcp = 0, openTcp = 0, silentUdp = 0, openUdp = 0] = listeners.map(({ number }) => number);
    const lines = [
      `tcp 127.0.0.1 ${silentTcp}`,
      `tcp 127.0.0.1 ${openTcp}`,
      `TCP 127.0.0.1 ${CLOSED}`,
      `udp 127.0.0.1 ${silentUdp}`,
      ` udp  127.0.0.1  ${openUdp} `,
      `udp 127.0.0.1 ${CLOSED}`,
    ];
    const { code, stdout, stderr } = await netcheck(['probe', '--timeout', '200ms', ...lines]);
    await Promise.all(listeners.map((listener) => listener.close()));
    expect({ code, stderr, probed: probed(stdout) }).toEqual({
      code: 0,
      stderr: '',
      probed: [
        line('TCP', silentTcp, 'silent'),
        line('TCP', openTcp, 'open'),
        line('TCP', CLOSED, 'refused'),
        line('UDP', silentUdp, 'silent'),
        line('UDP', openUdp, 'open'),
        line('UDP', CLOSED, 'refused'),
      ],
    });
  });

  it('says what else went wrong', async () => {
    const { code, stdout } = await netcheckAlone(['probe', 'tcp 10.244.0.5 80', 'udp 10.244.0.5 53']);
    const words = (where: string) => `dial ${where}: connect: network is unreachable`;
    const error = { address: '10.244.0.5', answer: 'error' };
    expect({ code, probed: probed(stdout) }).toEqual({
      code: 0,
      probed: [
        { ...error, protocol: 'TCP', port: 80, detail: words('tcp 10.244.0.5:80') },
        { ...error, protocol: 'UDP', port: 53, detail: words('udp 10.244.0.5:53') },
      ],
    });
  });

  it('hears an answer to a later try', async () => {
    const server = createSocket('udp4').bind(0, '127.0.0.1');
    await once(server, 'listening');
    let asked = 0;
    server.on('message', (_, from) => {
      asked += 1;
      if (asked === 3) server.send('here', from.port, from.address);
    });
    const { port } = server.address();
    const { stdout } = await netcheck(['probe', '--timeout', '200ms', `udp 127.0.0.1 ${port}`]);
    server.close();
    expect({ asked, probed: probed(stdout) }).toEqual({ asked: 3, probed: [line('UDP', port, 'open')] });
  });

  it('reads lines from standard input, and skips empty ones', async () => {
    const { code, stdout } = await netcheck(['probe'], `\ntcp 127.0.0.1 ${CLOSED}\n\nudp 127.0.0.1 ${CLOSED}`);
    const answers = [line('TCP', CLOSED, 'refused'), line('UDP', CLOSED, 'refused')];
    expect({ code, probed: probed(stdout) }).toEqual({ code: 0, probed: answers });
  });

  it.each(['1', '64', '4096'])('keeps the answers apart, %s at once', async (parallel) => {
    const protocols = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 'tcp' : 'udp'));
    const { ports, end } = await startListening(protocols.map((protocol) => `${protocol}:127.0.0.1:0`));
    const targets = ports.flatMap((port, index) => [port, CLOSED].map((number) => ({ protocol: protocols[index] ?? '', number })));
    const lines = targets.map(({ protocol, number }) => `${protocol} 127.0.0.1 ${number}`);
    const { stdout } = await netcheck(['probe', '--parallel', parallel], lines.join('\n'));
    await end();
    const expected = targets.map(({ protocol, number }) => line(protocol.toUpperCase(), number, number === CLOSED ? 'refused' : 'open'));
    expect(probed(stdout)).toEqual(expected);
  });

  it.each([
    ['a word too few', ['tcp 127.0.0.1'], '"tcp 127.0.0.1" is not PROTOCOL ADDRESS PORT'],
    ['an unknown protocol', ['sctp 127.0.0.1 1'], '"sctp 127.0.0.1 1": the protocol must be tcp or udp'],
    ['a name', ['tcp web 1'], '"tcp web 1": "web" is no IP address (names: netcheck resolve)'],
    ['port 0', ['tcp 127.0.0.1 0'], '"tcp 127.0.0.1 0": the port must be from 1 to 65535'],
    ['an unknown option', ['--fast'], 'probe: flag provided but not defined: -fast'],
    ['no time', ['--timeout', '0s'], 'probe: --timeout must be more than 0'],
    ['too many at once', ['--parallel', '5000'], 'probe: --parallel must be from 1 to 4096'],
    ['a mistake after what is right', [`tcp 127.0.0.1 ${CLOSED}`, 'x'], '"x" is not PROTOCOL ADDRESS PORT'],
  ])('told a mistake: %s', async (_, args, words) => {
    const { code, stdout, stderr } = await netcheck(['probe', ...args]);
    expect({ code, stdout, first: stderr.split('\n')[0] }).toEqual({ code: 2, stdout: '', first: `netcheck: ${words}` });
  });
});
