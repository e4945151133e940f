import type { CheckResult } from '../app/check.ts';
import { formatLine, formatPath } from '../core/document.ts';
import { formatPort } from '../core/port.ts';
import { colors } from './color.ts';
import type { Io } from './io.ts';
import { table } from './table.ts';

/** How many objects ended in which way; violations in audit are counted apart, since they fail a pipeline only with --strict. */
export interface CheckSummary {
  readonly objects: number;
  readonly permitted: number;
  readonly violations: number;
  readonly auditViolations: number;
  readonly invalid: number;
  readonly notChecked: number;
  readonly notCheckedKinds: Readonly<Record<string, number>>;
}

/** Counts results. */
export function summarize(results: readonly CheckResult[]): CheckSummary {
  const kinds = results.flatMap((result) => (result.verdict === 'not-checked' ? [result.kind || 'no kind'] : []));
  const violations = results.filter((result) => result.verdict === 'violation');
  const auditViolations = violations.filter(({ mode }) => mode !== 'enforce').length;
  return {
    objects: results.length,
    permitted: results.filter(({ verdict }) => verdict === 'permitted').length,
    violations: violations.length - auditViolations,
    auditViolations,
    invalid: results.filter(({ verdict }) => verdict === 'invalid').length,
    notChecked: kinds.length,
    notCheckedKinds: Object.fromEntries([...new Set(kinds)].sort().map((kind) => [kind, kinds.filter((other) => other === kind).length])),
  };
}

/** The findings as a table, then what was counted, in words. */
export function checkTable(results: readonly CheckResult[], io: Pick<Io, 'color'>): string {
  const rows = results.flatMap((result) => resultRows(result, io));
  const findings = rows.length === 0 ? '' : `${table(['PLACE', 'OBJECT', 'VERDICT', 'PORT', 'WHY'], rows)}\n`;
  return `${findings}${summaryLine(summarize(results), io)}\n`;
}

/** The same facts for machines, stable in order and names. */
export function checkJson(results: readonly CheckResult[], templateHash: string): string {
  return `${JSON.stringify({ template: templateHash, summary: summarize(results), results: results.map(jsonResult) }, null, 2)}\n`;
}

function resultRows(result: CheckResult, io: Pick<Io, 'color'>): string[][] {
  const { red, yellow } = colors(io);
  switch (result.verdict) {
    case 'permitted':
      return result.notices.map((notice) => [formatLine(result.place), result.object, yellow('notice'), '', withoutPrefix(notice)]);
    case 'violation': {
      const word = result.mode === 'enforce' ? red('violation') : yellow('audit');
      return result.violations.map(({ place, port, why, container }) => [
        formatLine(place),
        result.object,
        word,
        port === undefined ? '' : formatPort(port),
        container === '' ? why : `${why} (container ${container})`,
      ]);
    }
    case 'invalid':
      return result.problems.map(({ place, path, message, container, port }) => [
        formatLine(place),
        result.object,
        red('invalid'),
        port === undefined ? '' : formatPort(port),
        `${path === '' ? '' : `${path}: `}${message}${container === undefined ? '' : ` (container ${container})`}`,
      ]);
    case 'not-checked':
      return result.reason.includes('declares containerPorts')
        ? [[formatLine(result.place), result.object, yellow('not checked'), '', result.reason]]
        : [];
  }
}

function withoutPrefix(notice: string): string {
  return notice.replace(/^portcullis: \S+ \S+ /, '');
}

function summaryLine(summary: CheckSummary, io: Pick<Io, 'color'>): string {
  const { bold } = colors(io);
  const kinds = Object.entries(summary.notCheckedKinds).map(([kind, count]) => `${kind} ${count}`);
  const parts = [
    `${summary.permitted} permitted`,
    `${summary.violations} in violation`,
    ...(summary.auditViolations > 0 ? [`${summary.auditViolations} in violation where the mode is audit`] : []),
    ...(summary.invalid > 0 ? [`${summary.invalid} invalid or unreadable`] : []),
    ...(summary.notChecked > 0 ? [`${summary.notChecked} not checked (${kinds.join(', ')})`] : []),
  ];
  return `${bold(`${summary.objects} ${summary.objects === 1 ? 'object' : 'objects'}`)}: ${parts.join(', ')}`;
}

function jsonResult(result: CheckResult): unknown {
  const { place, ...rest } = result;
  const declared = 'declared' in result ? { declared: result.declared.map(formatPort) } : {};
  const common = { ...rest, ...declared, file: place.document, line: place.line };
  if (result.verdict === 'violation') {
    return {
      ...common,
      violations: result.violations.map(({ place: at, port, path, ...violation }) => ({
        ...violation,
        ...(port === undefined ? {} : { port: formatPort(port) }),
        path: formatPath(path),
        line: at.line,
        column: at.column,
      })),
    };
  }
  if (result.verdict === 'invalid') {
    return {
      ...common,
      problems: result.problems.map(({ place: at, port, ...problem }) => ({
        ...problem,
        ...(port === undefined ? {} : { port: formatPort(port) }),
        line: at.line,
        column: at.column,
      })),
    };
  }
  return common;
}
