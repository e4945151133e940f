import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { asRecord, textOf } from '../../src/core/unknown.ts';

/** One case: a folder with its inputs and what must come of them. */
export interface CaseFolder {
  readonly name: string;
  readonly mode: string;
  readonly expected: Readonly<Record<string, unknown>>;
  /** The files beside case.md and expected.json, sorted. */
  readonly files: readonly string[];
  text(file: string): string;
  bytes(file: string): Uint8Array;
  /** The JSON of a file; undefined where there is no such file. */
  json(file: string): unknown;
}

const ABOUT_THE_CASE = new Set(['case.md', 'expected.json']);

/** The cases of a folder, sorted by name: every folder below it that says what it expects. */
export function readCases(folder: string): CaseFolder[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.map(({ name }) => readCase(join(folder, name))).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readCase(folder: string): CaseFolder {
  const files = readdirSync(folder).sort();
  const bytes = (file: string) => readFileSync(join(folder, file));
  const text = (file: string) => bytes(file).toString('utf8');
  const json = (file: string): unknown => (files.includes(file) ? JSON.parse(text(file)) : undefined);
  const expected = asRecord(json('expected.json'));
  return {
    name: basename(folder),
    mode: textOf(expected.mode),
    expected,
    files: files.filter((file) => !ABOUT_THE_CASE.has(file)),
    text,
    bytes,
    json,
  };
}

/** What is wrong, one sentence each; empty: the case passed. */
export type Problems = readonly string[];

/** A sentence where two values differ; sets are compared without order. */
export function differs(what: string, actual: unknown, expected: unknown): Problems {
  const [is, wanted] = [actual, expected].map((value) => JSON.stringify(value));
  return is === wanted ? [] : [`${what}: is ${is}, expected ${wanted}`];
}

/** The same without order and repetition. */
export function setsDiffer(what: string, actual: readonly string[], expected: readonly string[]): Problems {
  return differs(what, [...new Set(actual)].sort(), [...new Set(expected)].sort());
}

/** A list of texts; anything else in it is left out. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
