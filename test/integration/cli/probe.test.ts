import { describe, expect, it } from 'vitest';
import { run } from '../../support/cli.ts';
import { tcpListener } from '../../support/listeners.ts';

describe('portcullis probe', () => {
  it('prints a line for each target, with the ports that it names or all share', async () => {
    const listener = await tcpListener();
    try {
      const open = `${listener.number}/TCP`;
      const ran = await run(['probe', '--engine', 'connect', '--ports', open, '127.0.0.1', `127.0.0.1=9/SCTP,${open}`, 'localhost']);
      const lines = ran.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect([ran.code, ran.err, lines.sort((a, b) => (a.target < b.target ? -1 : 1))]).toEqual([
        0,
        '',
        [
          { target: '127.0.0.1', known: true, engine: 'connect', ports: { open } },
          { target: `127.0.0.1=9/SCTP,${open}`, known: true, engine: 'connect', ports: { open, unknown: '9/SCTP' } },
          { target: 'localhost', known: false, engine: 'connect', reason: '"localhost" is no IP address', ports: {} },
        ],
      ]);
    } finally {
      await listener.close();
    }
  });

  it('says which engine it has', async () => {
    expect(await run(['probe', '--engine', 'connect'])).toEqual({ code: 0, out: '{"engine":"connect"}\n', err: '' });
  });

  it.each([
    [['127.0.0.1'], '127.0.0.1: say which ports: 127.0.0.1=80/TCP, or --ports 80/TCP'],
    [['127.0.0.1=x'], '"x" is no port: write 80, 80/TCP or 9000-9100/UDP'],
    [['--engine', 'off', '127.0.0.1=80'], '--engine off: nothing can be probed with it'],
  ])('refuses %j', async (words, message) => {
    expect(await run(['probe', ...words])).toEqual({ code: 2, out: '', err: `portcullis: ${message}\n` });
  });

  it('is no command for people', async () => {
    expect((await run(['--help'])).out).not.toContain('probe ');
  });
});
