import { type DocumentNode, formatPath, type Issue, type Place } from '../document.ts';
import { listWords, nearestWord } from '../nearest.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** One piece of the grammar: how a node is read, and how an editor is told. */
export interface Shape<T> {
  /** JSON Schema, draft 2020-12. */
  readonly schema: JsonSchema;
  /** The value of the node; undefined after an issue was reported. A value that is returned beside an issue is never used. */
  read(node: DocumentNode, spot: Spot): T | undefined;
}

/** Where the reader stands, and where it puts what is wrong. */
export interface Spot {
  /** Absent at the root of the document. */
  readonly within?: { readonly spot: Spot; readonly step: string | number };
  readonly issues: Issue[];
}

/** A value and where it was said. */
export interface Said<T> {
  readonly value: T;
  readonly place: Place;
}

/** Notes one thing that is wrong. */
export function report(spot: Spot, place: Place, message: string): undefined {
  spot.issues.push({ place, path: formatPath(pathOf(spot)), message });
  return undefined;
}

/** The spot of a key or of a list entry. */
export function inside(spot: Spot, step: string | number): Spot {
  return { within: { spot, step }, issues: spot.issues };
}

/** Written out only where something is wrong: a large template has a hundred thousand spots. */
function pathOf({ within }: Spot): (string | number)[] {
  return within === undefined ? [] : [...pathOf(within.spot), within.step];
}

/** The shape with words for the editor and the reference page. */
export function described<T>(shape: Shape<T>, description: string, ...examples: readonly unknown[]): Shape<T> {
  return { ...shape, schema: { description, ...shape.schema, ...(examples.length > 0 ? { examples } : {}) } };
}

/** The shape with a further step that makes or checks the value. */
export function refine<A, B>(shape: Shape<A>, step: (value: A, node: DocumentNode, spot: Spot) => B | undefined): Shape<B> {
  return {
    schema: shape.schema,
    read: (node, spot) => {
      const value = shape.read(node, spot);
      return value === undefined ? undefined : step(value, node, spot);
    },
  };
}

/**
 * One of a few words. The text as written counts: kubectl reads `off` as false, and here it is a word all the same.
 * @param what completes `"x" is no ...`
 */
export function word<const W extends string>(what: string, words: readonly W[]): Shape<W> {
  return {
    schema: { enum: words },
    read: (node, spot) => {
      if (node.kind !== 'scalar' || node.value === null) return wrongKind(spot, node, listWords(words));
      const written = node.raw;
      const known = words.find((candidate) => candidate === written);
      if (known !== undefined) return known;
      const near = nearestWord(written, words);
      const advice = near === undefined ? `write ${listWords(words)}` : `did you mean ${near}?`;
      return report(spot, node.place, `"${written}" is no ${what}; ${advice}`);
    },
  };
}

/** `true` or `false`, never a text that looks like it, nor a word like `yes`, which is a text to readers of YAML 1.2. */
export const flag: Shape<boolean> = {
  schema: { type: 'boolean' },
  read: (node, spot) => {
    if (node.kind === 'scalar' && typeof node.value === 'boolean') {
      if (/^(true|false)$/i.test(node.raw)) return node.value;
      return report(spot, node.place, `${node.raw} is ${node.value} to kubectl and a text to other readers; write ${node.value}`);
    }
    if (node.kind === 'scalar' && /^(true|false)$/i.test(node.raw)) {
      return report(spot, node.place, `"${node.raw}" is a text; write ${node.raw.toLowerCase()} without quotes`);
    }
    return wrongKind(spot, node, 'true or false');
  },
};

/** A text. What kubectl reads as a number, a boolean or nothing is no text until it is quoted. */
export const text: Shape<string> = {
  schema: { type: 'string' },
  read: (node, spot) => {
    if (node.kind === 'scalar' && typeof node.value === 'string') return node.value;
    if (node.kind === 'scalar' && node.value !== null) {
      const read = String(node.value) === node.raw ? `a ${typeof node.value}` : `${node.value}`;
      return report(spot, node.place, `${node.raw} is ${read} to kubectl; write "${node.raw}" in quotes`);
    }
    return wrongKind(spot, node, 'a text');
  },
};

/** A list; every entry is read, also behind a bad one. */
export function listOf<T>(entry: Shape<T>): Shape<readonly T[]> {
  return {
    schema: { type: 'array', items: entry.schema },
    read: (node, spot) => {
      if (node.kind !== 'list') return wrongKind(spot, node, 'a list');
      return node.items.flatMap((item, index) => entry.read(item, inside(spot, index)) ?? []);
    },
  };
}

/** Reports a node of the wrong kind. @param wanted completes `must be ...` */
export function wrongKind(spot: Spot, node: DocumentNode, wanted: string): undefined {
  if (node.kind === 'scalar' && node.value === null) return report(spot, node.place, `nothing is written here; it must be ${wanted}`);
  return report(spot, node.place, `must be ${wanted}, not ${kindOf(node)}`);
}

function kindOf(node: DocumentNode): string {
  if (node.kind !== 'scalar') return `a ${node.kind}`;
  return typeof node.value === 'string' ? `the text "${node.value}"` : `the ${typeof node.value} ${node.raw}`;
}
