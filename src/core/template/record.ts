import type { MapNode, Place } from '../document.ts';
import { listWords, nearestWord } from '../nearest.ts';
import { inside, type JsonSchema, report, type Said, type Shape, wrongKind } from './shape.ts';

/** One key of a record. */
interface Field<T> {
  readonly shape: Shape<T>;
  /** What to say where the key is absent. Without it the key may be absent. */
  readonly missing?: string;
}

type Fields = Readonly<Record<string, Field<unknown>>>;

/** What was read of a record: the values that are right, and where each key stands, right or not. */
export interface RecordValue<F extends Fields> {
  readonly values: { readonly [K in keyof F]?: F[K] extends Field<infer T> ? Said<T> : never };
  readonly keys: ReadonlyMap<string, Place>;
  readonly place: Place;
}

/** A map with known keys and no others. `schema` adds what draft 2020-12 can say of several keys together. */
export function record<F extends Fields>(fields: F, schema: JsonSchema = {}): Shape<RecordValue<F>> {
  const names = Object.keys(fields);
  const required = names.filter((name) => fields[name]?.missing !== undefined);
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, fields[name]?.shape.schema])),
      ...(required.length > 0 ? { required } : {}),
      additionalProperties: false,
      ...schema,
    },
    read: (node, spot) => {
      if (node.kind !== 'map') return wrongKind(spot, node, `a map with ${listWords(names, 'and')}`);
      const values: Record<string, Said<unknown>> = {};
      for (const { key, keyPlace, value } of node.entries) {
        const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
        if (field === undefined) {
          report(inside(spot, key), keyPlace, unknownKey(key, names));
          continue;
        }
        const read = field.shape.read(value, inside(spot, key));
        if (read !== undefined) values[key] = { value: read, place: value.place };
      }
      const keys = keysOf(node);
      for (const name of required) if (!keys.has(name)) report(spot, node.place, fields[name]?.missing ?? '');
      // Each value was read by the shape of its own key.
      return { values: values as RecordValue<F>['values'], keys, place: node.place };
    },
  };
}

/** Where each key of a map stands. */
function keysOf(node: MapNode): ReadonlyMap<string, Place> {
  return new Map(node.entries.map(({ key, keyPlace }) => [key, keyPlace]));
}

function unknownKey(key: string, names: readonly string[]): string {
  const near = nearestWord(key, names);
  return near === undefined ? `unknown key; known are ${listWords(names, 'and')}` : `unknown key; did you mean ${near}?`;
}
