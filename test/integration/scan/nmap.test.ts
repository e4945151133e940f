import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNmap } from '../../../src/adapters/scan/find-nmap.ts';
import { type NmapOptions, nmapScanner } from '../../../src/adapters/scan/nmap.ts';
import { runProcess } from '../../../src/adapters/scan/run-process.ts';
import type { OutsideView } from '../../../src/core/finding.ts';
import { formatPort } from '../../../src/core/port.ts';
import { report } from '../../support/nmap-report.ts';
import { port } from '../../support/scan.ts';

const NEVER = new AbortController().signal;
const WHOLE = report({
  rows: [
    ['tcp', 80, 'open'],
    ['tcp', 81, 'closed'],
  ],
});
const TORN = WHOLE.slice(0, WHOLE.indexOf('<port protocol="tcp" portid="81"') + 20);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-nmap-'));
  await writeFile(join(folder, 'whole.xml'), WHOLE);
  await writeFile(join(folder, 'torn.xml'), TORN);
  await writeFile(join(folder, 'gone.xml'), WHOLE.replace('<host starttime', '<host timedout="true" starttime'));
  await writeFile(join(folder, 'down.xml'), report({ hosts: 0 }));
});
afterAll(() => rm(folder, { recursive: true }));

/** An executable that behaves as the shell lines say; `$FOLDER` is where the reports lie. */
async function fake(name: string, ...lines: string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, ['#!/bin/sh', `FOLDER='${folder}'`, ...lines].join('\n'));
  await chmod(path, 0o755);
  return path;
}

function scan(path: string, options: Partial<NmapOptions> = {}, signal: AbortSignal = NEVER): Promise<OutsideView> {
  return nmapScanner({ path, graceMs: 50, ...options }).scan({ address: '127.0.0.1', ports: [port('80'), port('81')] }, signal);
}

/** The view in words: known or the reason, and the ports. */
function words(view: OutsideView): unknown[] {
  const probes = view.known ? view.probes : view.partial;
  return [view.known || view.reason, ...probes.map((probe) => `${formatPort(probe.port)} ${probe.reachability}`)];
}

describe('an nmap', () => {
  const table: Record<string, [lines: string[], expected: unknown[]]> = {
    'that ends well is believed': [['cat "$FOLDER/whole.xml"'], [true, '80/TCP open', '81/TCP closed']],
    'that writes half a report and ends well is not known': [
      ['cat "$FOLDER/torn.xml"'],
      ['the report of nmap breaks off before its end', '80/TCP open'],
    ],
    'that is killed midway is not known': [
      ['cat "$FOLDER/torn.xml"', 'kill -KILL $$'],
      ['nmap was killed by SIGKILL', '80/TCP open'],
    ],
    'that writes everything and then fails is not known': [
      ['cat "$FOLDER/whole.xml"', 'echo "Segmentation fault" >&2', 'exit 139'],
      ['nmap exited with 139: Segmentation fault', '80/TCP open', '81/TCP closed'],
    ],
    'that may not do what was asked is not known': [
      ['echo "You requested a scan type which requires root privileges." >&2', 'echo QUITTING! >&2', 'exit 1'],
      ['nmap exited with 1: You requested a scan type which requires root privileges.'],
    ],
    'whose host went away is not known': [['cat "$FOLDER/gone.xml"'], ['nmap gave up: the host timed out', '80/TCP open', '81/TCP closed']],
    'that finds no host is not known': [['cat "$FOLDER/down.xml"'], ['the report names no host']],
    'that says nothing is not known': [[], ['the report of nmap breaks off before its end']],
    'that never stops to write is stopped': [['exec yes "<!-- -->"'], ['nmap: it wrote more than 33554432 bytes']],
  };
  for (const [sentence, [lines, expected]] of Object.entries(table)) {
    it(sentence, async () => {
      expect(words(await scan(await fake(sentence.replaceAll(' ', '-'), ...lines)))).toEqual(expected);
    });
  }

  it('that is not there is not known', async () => {
    expect(words(await scan(join(folder, 'nothing')))).toEqual(['nmap: it could not be started: ENOENT']);
  });

  it('that hangs and ignores SIGTERM is killed at an abort, with the processes that it started', async () => {
    const path = await fake('hangs', "trap '' TERM", 'cat "$FOLDER/torn.xml"', 'sleep 600 &', 'wait', 'sleep 600');
    const controller = new AbortController();
    const scanning = scan(path, {}, controller.signal);
    setImmediate(() => controller.abort());
    expect(words(await scanning)[0]).toBe('nmap: it was stopped');
  });

  it('that hangs is stopped at its deadline, and what it wrote proves no port closed', async () => {
    const path = await fake('stuck', 'cat "$FOLDER/whole.xml"', 'exec sleep 600');
    expect(words(await scan(path, { deadlineMs: 1_000 }))).toEqual(['nmap: it did not end within 1000 ms', '80/TCP open', '81/TCP closed']);
  });

  it('is stopped at its deadline', async () => {
    const path = await fake('late', 'exec sleep 600');
    const end = await runProcess(path, [], { signal: NEVER, deadlineMs: 50, outputBytes: 10, graceMs: 50 });
    expect([end.failure, end.signal]).toEqual(['it did not end within 50 ms', 'SIGTERM']);
  });

  const targets: Record<string, [target: { address: string; ports: string[] | 'all' }, options: Partial<NmapOptions>, argv: string]> = {
    'TCP ports': [
      { address: '127.0.0.1', ports: ['80', '443', '80'] },
      {},
      '-n -Pn -T4 -sT --unprivileged -p T:80,443 --min-rate 5000 --max-rate 50000 --max-retries 1 --host-timeout 60s -oX - 127.0.0.1',
    ],
    'IPv6, in a run of its own': [
      { address: '::1', ports: ['80'] },
      { rate: { min: 100, max: 200 }, retries: 3, hostTimeout: 9 },
      '-6 -n -Pn -T4 -sT --unprivileged -p T:80 --min-rate 100 --max-rate 200 --max-retries 3 --host-timeout 9s -oX - ::1',
    ],
    'UDP where it is permitted': [
      { address: '127.0.0.1', ports: ['53/UDP', '80'] },
      { udp: true },
      '-n -Pn -T4 -sT -sU --privileged --disable-arp-ping -p T:80,U:53 --min-rate 5000 --max-rate 50000 --max-retries 1 --host-timeout 60s -oX - 127.0.0.1',
    ],
    'no UDP where it is not': [
      { address: '127.0.0.1', ports: ['53/UDP', '80'] },
      {},
      '-n -Pn -T4 -sT --unprivileged -p T:80 --min-rate 5000 --max-rate 50000 --max-retries 1 --host-timeout 60s -oX - 127.0.0.1',
    ],
    everything: [
      { address: '127.0.0.1', ports: 'all' },
      {},
      '-n -Pn -T4 -sT --unprivileged -p T:1-65535 --min-rate 5000 --max-rate 50000 --max-retries 1 --host-timeout 60s -oX - 127.0.0.1',
    ],
  };
  for (const [what, [{ address, ports }, options, argv]] of Object.entries(targets)) {
    it(`is asked for ${what}`, async () => {
      const path = await fake('arguments', 'printf "%s" "$*" > "$FOLDER/argv"');
      await nmapScanner({ path, ...options }).scan({ address, ports: ports === 'all' ? ports : ports.map(port) }, NEVER);
      expect((await readFile(join(folder, 'argv'), 'utf8')).trim()).toBe(argv);
    });
  }
});

describe('the search for nmap', () => {
  it('takes the first one of the path that tells its version', async () => {
    const [broken, good] = [join(folder, 'broken'), join(folder, 'good')];
    for (const [place, lines] of [
      [broken, ['#!/bin/sh', 'exit 1']],
      [good, ['#!/bin/sh', 'echo; echo "Nmap version 7.99 ( https://nmap.org )"']],
    ] as const) {
      await mkdir(place);
      await writeFile(join(place, 'nmap'), lines.join('\n'));
      await chmod(join(place, 'nmap'), 0o755);
    }
    expect(await findNmap(`/nowhere::${broken}:${good}`)).toEqual({ path: join(good, 'nmap'), version: '7.99' });
    expect(await findNmap(broken)).toBeUndefined();
  });
});
