import type { ScanSubject } from '../core/scan-subject.ts';
import { type PodScan, type ScanOptions, type ScanParts, scanPod } from './scan.ts';

export interface ScanManyOptions extends ScanOptions {
  /** Pods at once. */
  readonly concurrency?: number;
  /** Called at the start and after each pod. */
  progress?(done: number, total: number): void;
}

/**
 * Scans many pods, some at once, and answers in their order. A pod whose scan throws is a discarded one with the reason: the others are still
 * scanned. After an abort the remaining pods are discarded unseen.
 */
export async function scanMany(subjects: readonly ScanSubject[], parts: ScanParts, options: ScanManyOptions): Promise<PodScan[]> {
  const { concurrency = 16, progress, signal } = options;
  const results = new Map<ScanSubject, PodScan>();
  const waiting = subjects.values();
  progress?.(0, subjects.length);
  const worker = async () => {
    for (const subject of waiting) {
      results.set(subject, signal.aborted ? discarded(subject, 'the scan was stopped') : await scanSafely(subject, parts, options));
      progress?.(results.size, subjects.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, subjects.length) }, worker));
  return subjects.map((subject) => results.get(subject) ?? discarded(subject, 'the scan was stopped'));
}

async function scanSafely(subject: ScanSubject, parts: ScanParts, options: ScanOptions): Promise<PodScan> {
  try {
    return await scanPod(subject, parts, options);
  } catch (error) {
    return discarded(subject, `the pod could not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function discarded({ pod }: ScanSubject, reason: string): PodScan {
  return { outcome: 'discarded', pod, reason };
}
