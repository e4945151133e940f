import type { CheckReport, CheckResult } from '../../app/check-result.ts';
import { printable } from '../../core/printable.ts';

/** How many objects ended in which way; violations in audit are counted apart, since they fail a pipeline only with --strict. */
export interface CheckSummary {
  readonly objects: number;
  readonly permitted: number;
  readonly violations: number;
  readonly auditViolations: number;
  readonly invalid: number;
  /** Objects that only the misconfigurations look at. */
  readonly examined: number;
  readonly notChecked: number;
  readonly notCheckedKinds: Readonly<Record<string, number>>;
  /** Misconfigurations. */
  readonly warnings: number;
  readonly notes: number;
}

/** Counts what was found. */
export function summarize({ results, misconfigurations }: CheckReport): CheckSummary {
  const count = (verdict: CheckResult['verdict']): number => results.filter((result) => result.verdict === verdict).length;
  const violations = results.filter((result) => result.verdict === 'violation');
  const auditViolations = violations.filter(({ mode }) => mode !== 'enforce').length;
  return {
    objects: results.length,
    permitted: count('permitted'),
    violations: violations.length - auditViolations,
    auditViolations,
    invalid: count('invalid'),
    examined: count('examined'),
    notChecked: count('not-checked'),
    notCheckedKinds: countKinds(results),
    warnings: misconfigurations.filter(({ severity }) => severity === 'warning').length,
    notes: misconfigurations.filter(({ severity }) => severity === 'note').length,
  };
}

function countKinds(results: readonly CheckResult[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const result of results) {
    if (result.verdict !== 'not-checked') continue;
    const kind = result.kind || 'no kind';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** How many kinds the line names before "and N more": a release of a big project has fifty. */
const NAMED_KINDS = 6;

/** `3 objects: 1 permitted, 1 in violation, 1 not checked (Secret 1); 2 warnings`. */
export function summaryText(summary: CheckSummary): string {
  const parts = [
    `${summary.permitted} permitted`,
    `${summary.violations} in violation`,
    ...(summary.auditViolations > 0 ? [`${summary.auditViolations} in violation where the mode is audit`] : []),
    ...(summary.invalid > 0 ? [`${summary.invalid} invalid or unreadable`] : []),
    ...(summary.examined > 0 ? [`${summary.examined} examined`] : []),
    ...(summary.notChecked > 0 ? [`${summary.notChecked} not checked (${kindsText(summary)})`] : []),
  ];
  const found = [
    ...(summary.warnings > 0 ? [counted(summary.warnings, 'warning')] : []),
    ...(summary.notes > 0 ? [counted(summary.notes, 'note')] : []),
  ];
  return printable(
    `${counted(summary.objects, 'object')}: ${[parts.join(', '), ...(found.length > 0 ? [found.join(', ')] : [])].join('; ')}`,
  );
}

function kindsText({ notCheckedKinds }: CheckSummary): string {
  const kinds = Object.entries(notCheckedKinds).sort(([, a], [, b]) => b - a);
  const named = kinds.slice(0, NAMED_KINDS).map(([kind, count]) => `${kind} ${count}`);
  return kinds.length > NAMED_KINDS ? `${named.join(', ')} and ${kinds.length - NAMED_KINDS} more kinds` : named.join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
