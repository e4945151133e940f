import { isIP } from 'node:net';
import type { OutsideView } from '../../core/finding.ts';
import { formatPortList } from '../../core/port-list.ts';
import { readProbeAnswer } from '../../core/probe-answer.ts';
import { asRecord, parseJson, textOf } from '../../core/unknown.ts';
import type { Scanner, ScanTarget } from '../../ports.ts';
import type { PodExec } from './exec.ts';
import { type Asked, makeBatches } from './exec-batch.ts';
import { programOf } from './exec-program.ts';
import { KubeError } from './kube-error.ts';

/** The pod from which others are probed: one with Portcullis in it. */
export interface ProbingPod {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface ExecScannerOptions {
  readonly exec: PodExec;
  readonly from: ProbingPod;
  /** auto, nmap or connect, in that pod. */
  readonly engine: string;
  readonly signal: AbortSignal;
}

/** An engine answers within a minute, or says why not; the rest is for starting it. */
const TARGET_MS = 70_000;
const START_MS = 30_000;

/** A sweep in which each port has another answer than its neighbours is the longest: 65,535 ports of 10 bytes. */
const BYTES_A_TARGET = 1024 * 1024;

/**
 * The outside view of a pod of the cluster: `portcullis probe` by exec, many targets a run. Asks the pod first which engine it has; rejects
 * with a KubeError where it cannot be asked or knows no such command.
 */
export async function execScanner({ exec, from, engine, signal }: ExecScannerOptions): Promise<Scanner> {
  const command = programOf('probe', '--engine', engine);
  const hello = await exec({ ...from, command }, { timeoutMs: START_MS, maxBytes: 65_536, signal });
  const found = textOf(asRecord(parseJson(hello.stdout)).engine);
  if (hello.code !== 0 || found === '')
    throw new KubeError(`${from.namespace}/${from.pod} cannot probe: ${lastLine(hello.stderr)}`, { status: 0, reason: 'Malformed' });
  const name = `pod/${found}`;
  const batches = makeBatches((asked, calledOff) => runBatch({ exec, from, engine, signal: calledOff }, asked));
  return {
    engine: name,
    async scan({ address, ports }: ScanTarget, aborted) {
      const broken = (reason: string): OutsideView => ({ known: false, engine: name, reason, partial: [] });
      if (isIP(address) === 0 || address.includes('%')) return broken(`${JSON.stringify(address)} is no IP address`);
      if (ports.length === 0) return { known: true, engine: name, probes: [] };
      const text = `${address}=${ports === 'all' ? ports : formatPortList(ports)}`;
      const answer = await batches.ask({ text, sweep: ports === 'all' }, aborted);
      return typeof answer === 'string' ? broken(answer) : { ...answer, engine: name };
    },
  };
}

/** One run of the command. Every target that it said nothing of gets the reason. */
async function runBatch({ exec, from, engine, signal }: ExecScannerOptions, asked: readonly Asked[]): Promise<void> {
  const byText = new Map(asked.map((one) => [one.text, asked.filter(({ text }) => text === one.text)]));
  const settle = (reason: string) => {
    for (const one of asked) one.settle(reason);
  };
  let tail = '';
  const heard = (text: string) => {
    const lines = (tail + text).split('\n');
    tail = lines.pop() ?? '';
    for (const line of lines) {
      const answer = readProbeAnswer(line);
      for (const one of byText.get(answer?.target ?? '') ?? []) one.settle(answer?.view ?? '');
    }
  };
  const texts = [...byText.keys()];
  const sweeps = asked.filter(({ sweep }) => sweep).length;
  const limits = { timeoutMs: START_MS + TARGET_MS * (1 + sweeps), maxBytes: BYTES_A_TARGET * (1 + texts.length), signal, heard };
  try {
    const { code, stderr } = await exec({ ...from, command: programOf('probe', '--engine', engine, '--', ...texts) }, limits);
    settle(`the probe in ${from.namespace}/${from.pod} ended with ${code} before it told of this address: ${lastLine(stderr)}`);
  } catch (error) {
    settle(error instanceof Error ? error.message : String(error));
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 200) || 'it said nothing';
}
