/** Reading JSON of unknown shape: a missing or odd part reads as empty, never as an error. */

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze(Object.create(null));

/** The value as an object; anything else is an object without fields. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : NOTHING;
}

/** Whether the value is a JSON object (not null, not a list). */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as a text; anything but a string is the empty text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The fields of an object that are strings: labels, annotations, the data of a ConfigMap. */
export function textFields(value: unknown): Readonly<Record<string, string>> {
  // Nearly always all are: then the object itself will do, and the hot path copies no labels.
  if (isTextRecord(value)) return value;
  return Object.fromEntries(Object.entries(asRecord(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** The value of a JSON text; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value as a list; anything else is an empty list. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether the value is an object whose fields are strings only. */
export function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  if (!isRecord(value)) return false;
  for (const key in value) if (typeof value[key] !== 'string') return false;
  return true;
}
