import { asRecord, isRecord } from './unknown.ts';

/** `path` is relative to the object. */
export interface ShapeFault {
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * What on the way to a pod's spec and labels is of the wrong type. An absent part is no fault here: a patch has few of them. Without this
 * a port could hide where nobody looks, since an odd part reads as empty.
 */
export function shapeFaults(object: unknown, podPath: readonly string[]): ShapeFault[] {
  let pod = object;
  for (const [index, step] of podPath.entries()) {
    pod = asRecord(pod)[step];
    if (isOdd(pod)) return [mustBeObject(podPath.slice(0, index + 1))];
  }
  const { metadata, spec } = asRecord(pod);
  if (isOdd(metadata)) return [mustBeObject([...podPath, 'metadata'])];
  if (isOdd(spec)) return [mustBeObject([...podPath, 'spec'])];
  const { labels } = asRecord(metadata);
  return isOdd(labels) ? [mustBeObject([...podPath, 'metadata', 'labels'])] : labelFaults(asRecord(labels), podPath);
}

/** The API server reads null as absent. */
function isOdd(value: unknown): boolean {
  return value !== undefined && value !== null && !isRecord(value);
}

function mustBeObject(path: readonly string[]): ShapeFault {
  return { path, message: `${path.at(-1)} must be an object` };
}

/** A label that is null is an empty text to the API server, and is left to it. */
function labelFaults(labels: Readonly<Record<string, unknown>>, podPath: readonly string[]): ShapeFault[] {
  const faults: ShapeFault[] = [];
  for (const key in labels) {
    if (typeof (labels[key] ?? '') === 'string') continue;
    faults.push({ path: [...podPath, 'metadata', 'labels', key], message: 'the value of a label must be a text' });
  }
  return faults;
}
