/** Answers the first value that was equal to this one, so that what ten thousand objects have in common is kept once. Nobody changes what it got. */
export type Share = <T>(value: T) => T;

/** For who keeps few objects: each value is its own. */
export const unshared: Share = (value) => value;

/** So many values are remembered at most; then it begins anew, and no more than a little memory is lost. */
const REMEMBERED = 4_000;
/** Larger ones are seldom equal to another. In characters of JSON. */
const LONGEST = 4_000;

/** Remembers nothing yet. Values are equal where their JSON is. */
export function makeShare(): Share {
  const known = new Map<string, unknown>();
  return <T>(value: T): T => {
    const text = JSON.stringify(value);
    if (text.length > LONGEST) return value;
    const there = known.get(text);
    if (there !== undefined) return there as T; // the same JSON, so the same shape
    if (known.size >= REMEMBERED) known.clear();
    known.set(text, value);
    return value;
  };
}
