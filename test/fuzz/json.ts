import type { Random } from './random.ts';

/** A JSON value that is about to be damaged. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A value inside of another, by its parent. */
interface Slot {
  readonly parent: JsonObject | Json[];
  readonly key: string;
}

/** What programs stumble over: wrong types, edges of numbers, names of the language, and what drives a terminal. */
export const HOSTILE_TEXTS = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '\0',
  'a\0b',
  '\u001b[2J\u001b[1;31mforged',
  '\u001b]0;title\u0007',
  'line\r\nportcullis: forged line',
  '\u202egnp.exe',
  '\u2066\u200b\ufeff',
  '\u009b31m',
  '\ud800',
  '\u{1f6aa}'.repeat(64),
  '../../etc/passwd',
  '%n%s%x',
  'true',
  'null',
  '80',
  'x'.repeat(300),
  'a'.repeat(10_000),
] as const satisfies readonly [string, ...string[]];

const HOSTILE_KEYS = ['__proto__', 'constructor', 'prototype', '', 'toString', '\u001b[31m', 'a\nb', '0', 'length'] as const;

const HOSTILE_NUMBERS = [0, -1, 1, 1.5, 65535, 65536, -0, 1e308, 2 ** 53, 2 ** 53 + 2, -(2 ** 31), 2 ** 32 + 80, 0.1 + 0.2, 80] as const;

/** A value that does not belong here. */
export function hostileValue(random: Random): Json {
  switch (random.below(8)) {
    case 0:
      return null;
    case 1:
      return random.oneIn(2);
    case 2:
    case 3:
      return random.pick(HOSTILE_NUMBERS);
    case 4:
    case 5:
      return random.pick(HOSTILE_TEXTS);
    case 6:
      return random.pick<Json>([[], [null], [[]], ['x'], [{}], [1, 2, 3]]);
    default:
      return random.pick<Json>([{}, { name: 'x' }, { ports: [] }, ownKey({}, random.pick(HOSTILE_KEYS), { polluted: true })]);
  }
}

/** Damages one random place of the value: drops, repeats, renames, retypes or adds. The value itself is changed. */
export function damage(value: JsonObject, random: Random): void {
  const slot = randomSlot(value, random);
  if (slot === undefined) return;
  const { parent, key } = slot;
  const there = Reflect.get(parent, key);
  switch (random.below(6)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      break;
    case 1:
      if (Array.isArray(parent)) parent.push(structuredClone(there));
      else ownKey(parent, `${key}${random.pick(['', '2', '\u200b', 's'])}`, structuredClone(there));
      break;
    case 2:
      if (!Array.isArray(parent)) ownKey(parent, random.pick(HOSTILE_KEYS), random.oneIn(2) ? hostileValue(random) : there);
      break;
    case 3:
      set(parent, key, Array.isArray(there) ? Object.assign({}, there) : [there]);
      break;
    case 4:
      set(parent, key, typeof there === 'number' ? String(there) : typeof there === 'string' ? there.length : JSON.stringify(there));
      break;
    default:
      set(parent, key, hostileValue(random));
  }
}

/** Sets a property of the object itself, whatever its name means elsewhere: JSON.parse does the same. */
function ownKey(target: JsonObject, key: string, value: Json): JsonObject {
  return Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

function set(parent: JsonObject | Json[], key: string, value: Json): void {
  Object.defineProperty(parent, key, { value, enumerable: true, writable: true, configurable: true });
}

/** Walks down from the top and stops anywhere, so that shallow places are hit as often as the many deep ones. */
function randomSlot(value: JsonObject, random: Random): Slot | undefined {
  let parent: JsonObject | Json[] = value;
  for (;;) {
    const keys: string[] = Object.keys(parent);
    const key = keys[random.below(keys.length)];
    if (key === undefined) return undefined;
    const child: unknown = Object.getOwnPropertyDescriptor(parent, key)?.value;
    if (!isBranch(child) || Object.keys(child).length === 0 || random.oneIn(4)) return { parent, key };
    parent = child;
  }
}

function isBranch(value: unknown): value is JsonObject | Json[] {
  return typeof value === 'object' && value !== null;
}
