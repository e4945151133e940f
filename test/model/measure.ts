import { asRecord } from '../../src/core/unknown.ts';
import type { ModelCluster } from './cluster.ts';
import type { Attempt } from './matrix.ts';
import type { PlacedPod } from './universe.ts';

const LIMITS = { timeoutMs: 60_000, maxBytes: 4_000_000 };

/** One answer for each attempt, in their order: whether the connection was made. Tried from inside of the pods, all pods at once. */
export async function measure(cluster: ModelCluster, attempts: readonly Attempt[]): Promise<boolean[]> {
  const bySource = new Map<PlacedPod, Attempt[]>();
  for (const attempt of attempts) bySource.set(attempt.from, [...(bySource.get(attempt.from) ?? []), attempt]);
  const answers = new Map<Attempt, boolean>();
  await Promise.all(
    [...bySource].map(async ([from, mine]) => {
      const lines = mine.map(({ to, port }) => `${port.protocol.toLowerCase()} ${to.ip} ${port.number}`);
      const probe = ['/netcheck', 'probe', '--timeout', '400ms', '--parallel', '256', ...lines];
      const target = { namespace: from.namespace, pod: from.name, container: 'netcheck', command: probe };
      const { code, stdout, stderr } = await cluster.exec(target, LIMITS);
      if (code !== 0) throw new Error(`cannot probe from ${from.namespace}/${from.name}: ${stderr}`);
      const results = stdout.trim().split('\n').map(readAnswer);
      if (results.length !== mine.length) throw new Error(`${results.length} answers to ${mine.length} probes`);
      for (const [index, attempt] of mine.entries()) answers.set(attempt, results[index] ?? false);
    }),
  );
  return attempts.map((attempt) => answers.get(attempt) ?? false);
}

function readAnswer(line: string): boolean {
  const { answer, detail } = asRecord(JSON.parse(line));
  if (answer === 'open') return true;
  if (answer === 'refused' || answer === 'silent') return false;
  throw new Error(`a probe could not be made: ${detail}`);
}
