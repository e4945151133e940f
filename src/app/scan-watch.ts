import type { Authority } from '../core/authority.ts';
import type { PodState } from '../core/cluster-state.ts';
import { podStateKey, podsToScan } from '../core/scan-selection.ts';
import { scanSubject } from '../core/scan-subject.ts';
import type { Clock, Log, Stop } from '../ports.ts';
import { type ScanParts, scanPod } from './scan.ts';
import { makeScanResults, type ResultListener, type ScanResults } from './scan-results.ts';
import { makeWorkQueue } from './work-queue.ts';

export interface ScanWatchParts {
  authority(): Authority | undefined;
  /** The pods of a namespace now. */
  pods(namespace: string): readonly PodState[];
  readonly means: Pick<ScanParts, 'scanner' | 'sockets' | 'sweeps'>;
  /** Told of every result. */
  readonly listeners: readonly ResultListener[];
  readonly clock: Clock;
  readonly log: Log;
  /** Pods that are scanned at the same time. */
  readonly parallelism: number;
}

/** Scans pods as they start. */
export interface ScanWatch {
  /** A pod is there, changed or gone. A state that was scanned already is not scanned again. */
  podChanged(pod: PodState, gone: boolean): void;
  readonly stop: Stop;
}

/** The scan after admission: each pod once it runs, again when a container restarts or the addresses change. */
export function watchScans(parts: ScanWatchParts): ScanWatch {
  const results = makeScanResults(parts.listeners);
  const stopping = new AbortController();
  const queue = makeWorkQueue({
    parallelism: parts.parallelism,
    failed: (pod, error) => parts.log.warn('a pod could not be scanned', { pod, error: error instanceof Error ? error : String(error) }),
    work: (key) => scanKey(key, { ...parts, results, signal: stopping.signal }),
  });
  return {
    podChanged: (pod, gone) => {
      const key = keyOf(pod);
      if (gone || pod.deleting) {
        results.remove(pod.uid);
      } else if (pod.running && results.of(pod.uid)?.state !== podStateKey(pod)) queue.add(key);
    },
    stop: () => {
      stopping.abort();
      return queue.stop();
    },
  };
}

interface Scanning extends ScanWatchParts {
  readonly results: ScanResults;
  readonly signal: AbortSignal;
}

async function scanKey(key: string, parts: Scanning): Promise<void> {
  const [namespace = '', name = ''] = key.split('/');
  const find = () => podsToScan(parts.pods(namespace)).scan.find((pod) => pod.name === name);
  const [pod, authority] = [find(), parts.authority()];
  if (pod === undefined || authority === undefined || authority.namespace(namespace).mode === 'off') return;
  if (parts.results.of(pod.uid)?.state === podStateKey(pod)) return;
  const reread = async () => {
    const now = find();
    return now === undefined ? undefined : scanSubject(now, authority);
  };
  const scan = await scanPod(scanSubject(pod, authority), { ...parts.means, reread }, { signal: parts.signal });
  if (scan.outcome === 'discarded') return parts.log.info('a scan was discarded', { pod: key, reason: scan.reason });
  for (const { address, view } of scan.outside) {
    if (!view.known) parts.log.warn('the outside view is not known', { pod: key, address, reason: view.reason });
  }
  const { inside, outside, findings, gaps } = scan;
  parts.results.put({ pod: scan.pod, state: podStateKey(scan.pod), inside, outside, findings, gaps, at: parts.clock.now() });
}

function keyOf({ namespace, name }: PodState): string {
  return `${namespace}/${name}`;
}
