import { formatPath } from '../core/document.ts';
import { printable } from '../core/printable.ts';
import type { Subject } from '../core/reach/world.ts';

/** Why the API server would refuse a workload, in a sentence; undefined for a sound one. */
export function faultSentence({ workload, faults }: Subject): string | undefined {
  if (faults.length === 0) return undefined;
  const words = faults.map(({ path, message }) => `${printable(formatPath(path))}: ${message}`);
  return `${workload.kind} ${workload.namespace}/${workload.name} is not valid: ${words.join('; ')}`;
}
