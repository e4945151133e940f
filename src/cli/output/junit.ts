import type { CheckReport, CheckResult } from '../../app/check-result.ts';
import { grouped } from '../../core/grouped.ts';
import { printable } from '../../core/printable.ts';
import type { Printing } from './format.ts';
import { objectKey, type Remark, remarksOf } from './remark.ts';
import { element, type Markup, xmlDocument } from './xml.ts';

/**
 * JUnit's XML as Jenkins reads it: a suite for each file, a case for each object. What fails the pipeline is a failure, what cannot be
 * read or be right is an error, what nobody judged is skipped, the rest is output.
 */
export function checkJunit(report: CheckReport, { strict }: Printing): string {
  const remarks = grouped(remarksOf(report), ({ objectPlace }) => objectKey(objectPlace));
  const suites = [...grouped(report.results, ({ place }) => place.document)].map(([file, results]) => {
    const cases = results.map((result) => testCase(result, remarks.get(objectKey(result.place)) ?? [], strict));
    return {
      counts: countsOf(cases),
      text: element(
        'testsuite',
        { name: file, ...countsOf(cases) },
        cases.map(({ text }) => text),
      ),
    };
  });
  const sum = (key: 'tests' | 'failures' | 'errors'): number => suites.reduce((total, { counts }) => total + counts[key], 0);
  const totals = { name: 'portcullis check', tests: sum('tests'), failures: sum('failures'), errors: sum('errors') };
  return xmlDocument(
    element(
      'testsuites',
      totals,
      suites.map(({ text }) => text),
    ),
  );
}

interface TestCase {
  readonly text: Markup;
  readonly outcome: 'failed' | 'in error' | 'skipped' | 'passed';
}

function testCase(result: CheckResult, remarks: readonly Remark[], strict: boolean): TestCase {
  const errors = remarks.filter(({ verdict }) => verdict === 'invalid');
  const failures = remarks.filter(({ verdict, level }) => verdict !== 'invalid' && (level === 'error' || (strict && level === 'warning')));
  const others = remarks.filter((remark) => !errors.includes(remark) && !failures.includes(remark) && remark.verdict !== 'not checked');
  const skipped = result.verdict === 'not-checked';
  const children = [
    ...(skipped ? [element('skipped', {}, [printable(result.reason)])] : []),
    ...errors.map((remark) => element('error', { type: remark.code, message: remark.message }, [line(remark)])),
    ...failures.map((remark) => element('failure', { type: remark.code, message: remark.message }, [line(remark)])),
    ...(result.verdict === 'violation' || others.length > 0 ? [element('system-out', {}, [output(result, others)])] : []),
  ];
  const outcome = errors.length > 0 ? 'in error' : failures.length > 0 ? 'failed' : skipped ? 'skipped' : 'passed';
  return { outcome, text: element('testcase', { name: result.object, classname: result.place.document }, children) };
}

/** Notes and warnings, and what the gate would answer. */
function output(result: CheckResult, others: readonly Remark[]): string {
  return [...others.map(line), ...(result.verdict === 'violation' ? [result.denial] : [])].join('\n');
}

function line({ place, verdict, message, fix }: Remark): string {
  return printable(`${place.document}:${place.line}:${place.column}  ${verdict}: ${message}${fix === undefined ? '' : `; ${fix}`}`);
}

function countsOf(cases: readonly TestCase[]): { tests: number; failures: number; errors: number; skipped: number } {
  const count = (outcome: TestCase['outcome']): number => cases.filter((one) => one.outcome === outcome).length;
  return { tests: cases.length, failures: count('failed'), errors: count('in error'), skipped: count('skipped') };
}
