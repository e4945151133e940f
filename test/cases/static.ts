import { decodeText } from '../../src/adapters/files/manifests.ts';
import { readDocuments } from '../../src/adapters/yaml/read.ts';
import { checkManifest } from '../../src/app/check.ts';
import type { CheckResult } from '../../src/app/check-result.ts';
import { formatPort } from '../../src/core/port.ts';
import { asList, asRecord, textOf } from '../../src/core/unknown.ts';
import { type CaseFolder, differs, type Problems, setsDiffer, texts } from './case-folder.ts';
import { neutralAuthority } from './neutral-template.ts';

/** Files that are no manifests, by the meaning that the cases give to their names. */
const NO_MANIFEST = new Set(['template.json', 'scan.json', 'pod.json', 'template.yaml']);

const ORDER = ['allow', 'ignored', 'deny', 'invalid'] as const;
type Verdict = (typeof ORDER)[number];
const VERDICTS = { permitted: 'allow', violation: 'deny', invalid: 'invalid', examined: 'ignored', 'not-checked': 'ignored' } as const;

interface CheckedFile {
  readonly file: string;
  readonly results: readonly CheckResult[];
  readonly seconds: number;
  readonly mebibytes: number;
}

/** Manifests judged with a template, as `portcullis check` does. */
export function runStatic(folder: CaseFolder): Problems {
  const { expected } = folder;
  const files = folder.files.filter((file) => /\.(ya?ml|json)$/.test(file) && !NO_MANIFEST.has(file));
  const checked = files.map((file) => checkFile(folder, file));
  const results = checked.flatMap((one) => one.results);
  const forbidden = texts(expected.mustNot).filter((word) => ORDER.some((verdict) => verdict === word));
  return [
    ...(files.length === 0 ? ['there is no manifest'] : []),
    ...differs('the worst verdict', worst(results), expected.verdict),
    ...(expected.results === undefined ? [] : compareResults(results, asList(expected.results))),
    ...Object.entries(asRecord(expected.files)).flatMap(([file, wanted]) => compareFile(checked, file, asRecord(wanted))),
    ...forbidden.flatMap((word) => (results.some((result) => verdictOf(result) === word) ? [`something is ${word}`] : [])),
  ];
}

function checkFile(folder: CaseFolder, file: string): CheckedFile {
  const authority = neutralAuthority(folder.text('template.json'), 'portcullis-system');
  const before = process.memoryUsage().rss;
  const start = performance.now();
  const read = decodeText(file, folder.bytes(file));
  const results: CheckResult[] =
    'issue' in read
      ? [{ verdict: 'invalid', object: file, place: read.issue.place, declared: [], problems: [read.issue] }]
      : checkManifest(read.source, { authority, read: readDocuments, defaultNamespace: 'default' });
  const seconds = (performance.now() - start) / 1000;
  return { file, results, seconds, mebibytes: (process.memoryUsage().rss - before) / 1024 / 1024 };
}

function verdictOf(result: CheckResult): Verdict {
  return VERDICTS[result.verdict];
}

/** The worst verdict of several results. */
function worst(results: readonly CheckResult[]): Verdict | undefined {
  return ORDER.findLast((verdict) => results.some((result) => verdictOf(result) === verdict));
}

function compareFile(checked: readonly CheckedFile[], file: string, wanted: Readonly<Record<string, unknown>>): Problems {
  const found = checked.find((one) => one.file === file);
  if (found === undefined) return [`${file} was not checked`];
  const { maxSeconds, maxMiB, objects } = wanted;
  return [
    ...differs(`${file}: verdict`, worst(found.results), wanted.verdict),
    ...(objects === undefined ? [] : differs(`${file}: objects`, found.results.length, objects)),
    ...(typeof maxSeconds === 'number' && found.seconds > maxSeconds ? [`${file} took ${found.seconds} s`] : []),
    ...(typeof maxMiB === 'number' && found.mebibytes > maxMiB ? [`${file} took ${found.mebibytes} MiB`] : []),
  ];
}

/** Each expected object has one result, and nothing else is there. An object of an unreadable document has no name: its file stands for it. */
function compareResults(results: readonly CheckResult[], expected: readonly unknown[]): Problems {
  const left = [...results];
  const problems = expected.flatMap((item): Problems => {
    const wanted = asRecord(item);
    const index = left.findIndex((result) => result.object === wanted.object);
    const unnamed = wanted.verdict === 'invalid' ? left.findIndex((result) => result.verdict === 'invalid') : -1;
    const [result] = left.splice(index >= 0 ? index : unnamed >= 0 ? unnamed : left.length, 1);
    return result === undefined ? [`${wanted.object} has no result`] : compareResult(result, wanted);
  });
  return [...problems, ...left.map((result) => `${result.object} (${verdictOf(result)}) was not expected`)];
}

function compareResult(result: CheckResult, wanted: Readonly<Record<string, unknown>>): Problems {
  const name = textOf(wanted.object);
  const reasons = asList(wanted.reasons).map(asRecord);
  return [
    ...differs(`${name}: verdict`, verdictOf(result), wanted.verdict),
    ...(wanted.declared !== undefined && 'declared' in result
      ? setsDiffer(`${name}: declared`, result.declared.map(formatPort), texts(wanted.declared))
      : []),
    ...(wanted.reasons === undefined ? [] : compareReasons(name, result, reasons)),
    ...compareWarnings(name, result, asList(wanted.warnings).map(asRecord)),
  ];
}

/** The fields that an expected reason may name; the `why` is for people. */
const FIELDS = ['container', 'containerType', 'port', 'protocol', 'path', 'line'] as const;

function compareReasons(name: string, result: CheckResult, wanted: readonly Readonly<Record<string, unknown>>[]): Problems {
  const actual = reasonsOf(result);
  // Each expected reason says which fields count; without doubt about them, the sets must be the same.
  const missing = wanted.filter((reason) => !actual.some((one) => matches(one, reason)));
  const extra = actual.filter((one) => !wanted.some((reason) => matches(one, reason)));
  return [
    ...missing.map((reason) => `${name}: no reason ${JSON.stringify(reason)} among ${JSON.stringify(actual)}`),
    ...extra.map((reason) => `${name}: reason ${JSON.stringify(reason)} was not expected`),
  ];
}

function matches(actual: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, unknown>>): boolean {
  return FIELDS.every((field) => wanted[field] === undefined || wanted[field] === actual[field]);
}

function reasonsOf(result: CheckResult): Readonly<Record<string, unknown>>[] {
  const facts =
    result.verdict === 'violation'
      ? result.violations.map(({ path, ...violation }) => violation)
      : result.verdict === 'invalid'
        ? result.problems
        : [];
  return facts.map(({ port, place, ...fact }) => ({ ...fact, port: port?.number, protocol: port?.protocol, line: place.line }));
}

/** A required warning must be there, in the product's own words but about the same thing. */
function compareWarnings(name: string, result: CheckResult, wanted: readonly Readonly<Record<string, unknown>>[]): Problems {
  const notices = 'notices' in result ? result.notices : [];
  return wanted
    .filter(({ required }) => required === true)
    .flatMap(({ why }) => {
      const [subject = ''] = textOf(why).split(/[\s:]/);
      return notices.some((notice) => notice.includes(subject)) ? [] : [`${name}: no warning about ${subject}`];
    });
}
