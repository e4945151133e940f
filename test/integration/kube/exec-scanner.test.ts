import { setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { ExecLimits, PodExec } from '../../../src/adapters/kube/exec.ts';
import { execScanner } from '../../../src/adapters/kube/exec-scanner.ts';
import type { ExecResult } from '../../../src/adapters/kube/exec-status.ts';
import { KubeError } from '../../../src/adapters/kube/kube-error.ts';
import { writeProbeAnswer } from '../../../src/core/probe-answer.ts';
import { failureOf } from '../../support/kube-failure.ts';
import { port, probes } from '../../support/scan.ts';

const NEVER = new AbortController().signal;
// Many wait for the same one.
setMaxListeners(0, NEVER);
const FROM = { namespace: 'portcullis-system', pod: 'controller-1', container: 'controller' };
const HELLO: ExecResult = { code: 0, stdout: '{"engine":"connect"}\n', stderr: '' };
const done = (stdout = ''): ExecResult => ({ code: 0, stdout, stderr: '' });

type Run = (targets: readonly string[], limits: ExecLimits) => Promise<ExecResult>;

/** A scanner over a pod in which each run goes so; `runs` are their targets. */
async function scannerOver(run: Run) {
  const runs: string[][] = [];
  const exec: PodExec = async ({ command }, limits) => {
    const targets = command.includes('--') ? command.slice(command.indexOf('--') + 1) : undefined;
    if (targets === undefined) return HELLO;
    runs.push([...targets]);
    return run(targets, limits);
  };
  return { runs, scanner: await execScanner({ exec, from: FROM, engine: 'auto', signal: NEVER }) };
}

/** Everything answers. */
const open: Run = async (targets, { heard }) => {
  for (const target of targets)
    heard?.(`${writeProbeAnswer({ target, view: { known: true, engine: 'connect', probes: probes({ '80/TCP': 'open' }) } })}\n`);
  return done();
};
const OPEN = { known: true, engine: 'pod/connect', probes: probes({ '80/TCP': 'open' }) };
const target = (last: number, ...ports: string[]) => ({ address: `10.0.0.${last}`, ports: (ports.length > 0 ? ports : ['80']).map(port) });

describe('the scanner in a pod', () => {
  it('asks for many addresses in one run, and gathers while runs are under way', async () => {
    const release: (() => void)[] = [];
    const { scanner, runs } = await scannerOver(async (targets, limits) => {
      await new Promise<void>((resolve) => release.push(resolve));
      return open(targets, limits);
    });
    const scan = (last: number) => scanner.scan(target(last), NEVER);
    const until = async (count: number) => expect.poll(() => release.length).toBe(count);
    const views = [scan(1), scan(2)];
    for (const last of [3, 4, 5]) {
      await until(last - 2);
      views.push(scan(last));
    }
    await until(4);
    views.push(scan(6), scan(7));
    release.splice(0).map((go) => go());
    await until(1);
    release.splice(0).map((go) => go());
    expect(await Promise.all(views)).toEqual(Array(7).fill(OPEN));
    expect(runs.map((texts) => texts.map((text) => text.replace(/^10\.0\.0\.|=80\/TCP$/g, '')))).toEqual([
      ['1', '2'],
      ['3'],
      ['4'],
      ['5'],
      ['6', '7'],
    ]);
  });

  it('keeps a command below what the address of a request may hold', async () => {
    const { scanner, runs } = await scannerOver(open);
    const ports = Array.from({ length: 100 }, (_, index) => String(1 + 2 * index));
    await Promise.all(Array.from({ length: 20 }, (_, index) => scanner.scan(target(index, ...ports), NEVER)));
    expect(runs.map((texts) => texts.length)).toEqual(runs.map(() => expect.any(Number)));
    expect([runs.flat().length, Math.max(...runs.map((texts) => encodeURIComponent(texts.join(' ')).length)) < 8_000]).toEqual([20, true]);
  });

  it('tells each answer as soon as it comes, also in pieces', async () => {
    let finish = () => {};
    const { scanner } = await scannerOver(async ([first = '', second = ''], { heard }) => {
      const line = (text: string) =>
        `${writeProbeAnswer({ target: text, view: { known: true, engine: 'connect', probes: probes({ '80/TCP': 'open' }) } })}\n`;
      heard?.(line(first).slice(0, 10));
      heard?.(line(first).slice(10));
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      heard?.(line(second));
      return done();
    });
    const [one, two] = [scanner.scan(target(1), NEVER), scanner.scan(target(2), NEVER)];
    expect(await one).toEqual(OPEN);
    finish();
    expect(await two).toEqual(OPEN);
  });

  it.each<[string, Run, string]>([
    ['the run is refused', async () => Promise.reject(new KubeError('403 no', { status: 403, reason: 'Forbidden' })), '403 no'],
    [
      'the run ends early',
      async () => ({ code: 137, stdout: '', stderr: 'killed\n' }),
      'the probe in portcullis-system/controller-1 ended with 137 before it told of this address: killed',
    ],
    [
      'the run says something else',
      async (_, { heard }) => {
        heard?.('hello\n{}\n');
        return done();
      },
      'the probe in portcullis-system/controller-1 ended with 0 before it told of this address: it said nothing',
    ],
  ])('knows nothing where %s', async (_, run, reason) => {
    const { scanner } = await scannerOver(run);
    expect(await scanner.scan(target(1), NEVER)).toEqual({ known: false, engine: 'pod/connect', reason, partial: [] });
  });

  it('calls a run off when nobody waits for it any more, and not before', async () => {
    const aborted: boolean[] = [];
    const { scanner } = await scannerOver(
      (_, { signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => resolve(done()));
          aborted.push(signal?.aborted ?? true);
        }),
    );
    const [one, two] = [new AbortController(), new AbortController()];
    const [first, second] = [scanner.scan(target(1), one.signal), scanner.scan(target(2), two.signal)];
    await expect.poll(() => aborted).toEqual([false]);
    one.abort();
    two.abort();
    const stopped = { known: false, engine: 'pod/connect', reason: 'it was stopped', partial: [] };
    expect([await first, await second]).toEqual([stopped, stopped]);
  });

  it('is none where the pod knows no such command', async () => {
    const exec: PodExec = async () => ({ code: 2, stdout: '', stderr: "error: unknown command 'probe'\n" });
    const failure = await failureOf(execScanner({ exec, from: FROM, engine: 'auto', signal: NEVER }));
    expect(failure.message).toBe("portcullis-system/controller-1 cannot probe: error: unknown command 'probe'");
  });
});
