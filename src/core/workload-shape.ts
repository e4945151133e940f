import type { Labels } from './selector.ts';
import { asRecord, isRecord, isTextRecord } from './unknown.ts';

/** `path` is relative to the object. */
export interface ShapeFault {
  readonly path: readonly string[];
  readonly message: string;
}

/** What of the object's own name and namespace is of the wrong type: judged without it, the object would be taken for one of another place. */
export function headFaults(object: unknown, podPath: readonly string[]): ShapeFault[] {
  const { metadata } = asRecord(object);
  // Those of a Pod are those of its labels: `shapeFaults` tells.
  if (isOdd(metadata)) return podPath.length === 0 ? [] : [mustBeObject(['metadata'])];
  const fields = asRecord(metadata);
  const odd = HEAD_FIELDS.filter((field) => typeof (fields[field] ?? '') !== 'string');
  return odd.map((field) => ({
    path: ['metadata', field],
    message: `${field} must be a text; a number or a word like true must be quoted`,
  }));
}

const HEAD_FIELDS = ['name', 'generateName', 'namespace'] as const;

/** The labels of a pod as the API server stores them: null is an empty text. What is no text is left out, and is a fault. */
export function labelsOf(value: unknown): Labels {
  if (isTextRecord(value)) return value;
  const stored = Object.entries(asRecord(value)).map(([key, label]): [string, unknown] => [key, label ?? '']);
  return Object.fromEntries(stored.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
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

/** A label that is null is an empty text to the API server. */
function labelFaults(labels: Readonly<Record<string, unknown>>, podPath: readonly string[]): ShapeFault[] {
  const faults: ShapeFault[] = [];
  for (const key in labels) {
    if (typeof (labels[key] ?? '') === 'string') continue;
    faults.push({ path: [...podPath, 'metadata', 'labels', key], message: 'the value of a label must be a text' });
  }
  return faults;
}
