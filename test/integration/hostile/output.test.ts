import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { PodScan } from '../../../src/app/scan.ts';
import { openPortTable, wideTable } from '../../../src/cli/finding-table.ts';
import { plainIo } from '../../../src/cli/plain-io.ts';
import { plainPolicyTable } from '../../../src/cli/policy-table.ts';
import { scanSummary } from '../../../src/cli/scan-summary.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { exposed } from '../../support/findings.ts';
import { HOSTILE } from '../../support/hostile.ts';
import { recordingIo } from '../../support/recording-io.ts';

/** Line breaks are ours; anything else of the kind came from the outside, and so did a line that begins with the word. */
function expectPlain(printed: string): void {
  expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/u);
  expect(printed.split('\n').filter((line) => line.trimStart().startsWith('FORGED'))).toEqual([]);
}

describe('hostile names in what a scan found reach no terminal and forge no line', () => {
  const io = recordingIo();
  const pod: PodState = {
    ...{ namespace: HOSTILE, name: HOSTILE, uid: HOSTILE, labels: {}, phase: HOSTILE, nodeName: HOSTILE, addresses: [HOSTILE] },
    ...{ deleting: false, hostNetwork: false, schedulingGates: [], restarts: 0, running: true, object: {} },
  };
  const unseen = { known: false, reason: HOSTILE } as const;
  const finding = exposed('8080/TCP', { process: HOSTILE, addresses: [HOSTILE], reason: HOSTILE });
  const scanned: PodScan = {
    outcome: 'scanned',
    pod,
    findings: [finding],
    gaps: [{ port: finding.port, openAt: [HOSTILE], shutAt: [HOSTILE] }],
    inside: unseen,
    outside: [{ address: HOSTILE, view: { ...unseen, engine: HOSTILE, partial: [] } }],
  };
  const policy: NetworkPolicy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: HOSTILE, namespace: HOSTILE },
    spec: { podSelector: { matchLabels: { [HOSTILE]: HOSTILE } }, policyTypes: ['Ingress'], ingress: [], egress: [] },
  };

  it.each([
    ['the table of open ports', () => openPortTable([scanned], io)],
    ['the wide table', () => wideTable([scanned], io)],
    [
      'what is said below it',
      () =>
        scanSummary(
          [scanned, { outcome: 'discarded', pod, reason: HOSTILE }],
          new Map([[HOSTILE, { state: 'not proven', reason: HOSTILE }]]),
        ),
    ],
    ['the list of policies', () => plainPolicyTable([policy], new Date())],
  ])('%s', (_, print) => {
    expectPlain(print());
  });
});

describe('whatever else is printed', () => {
  const printed = (fields: Parameters<typeof recordingIo>[0], words: string) => {
    const io = recordingIo(fields);
    plainIo(io).out(words);
    return io.printed.out;
  };

  it('goes through this in the real program', { timeout: 240_000 }, async () => {
    const main = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', 'a\u001b[2J'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [error] = await Promise.all([text(main.stderr), once(main, 'close')]);
    expect(error).toContain("unknown command 'a\\u001b[2J'");
  });

  it('drives no terminal: codes that are not ours are written out', () => {
    expect(printed({}, 'a\u001b[31mb\u009b2J\r\n\tc\u0007')).toBe('a\\u001b[31mb\\u009b2J\\u000d\n\tc\\u0007');
  });

  it('keeps the colors of this program, and no other code', () => {
    expect(printed({ color: true }, '\u001b[31mred\u001b[39m\u001b[8mhidden\u001b[2J')).toBe(
      '\u001b[31mred\u001b[39m\\u001b[8mhidden\\u001b[2J',
    );
  });

  it('takes back a line of progress, and nothing within a text', () => {
    const io = recordingIo({ progress: true });
    plainIo(io).err('\r\u001b[2K1/2 pods\r\u001b[2Kforged');
    expect(io.printed.err).toBe('\r\u001b[2K1/2 pods\\u000d\\u001b[2Kforged');
  });

  it('shows marks that turn text around at a terminal, and leaves them to the reader of a pipe', () => {
    const io = { ...recordingIo(), columns: 80 };
    plainIo(io).out('a\u202eb\u200dc');
    expect([io.printed.out, printed({}, 'a\u202eb\u200dc')]).toEqual(['a\\u202eb\\u200dc', 'a\u202eb\u200dc']);
  });
});
