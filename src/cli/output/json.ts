import type { CheckReport, CheckResult } from '../../app/check-result.ts';
import { formatPath } from '../../core/document.ts';
import { formatPort } from '../../core/port.ts';
import type { Printing } from './format.ts';
import { summarize } from './summary.ts';

/** The whole report for programs, stable in order and names. */
export function checkJson(report: CheckReport, printing: Pick<Printing, 'templateHash'>): string {
  return `${JSON.stringify(reportValue(report, printing), null, 2)}\n`;
}

/** The same as a value. */
export function reportValue(report: CheckReport, { templateHash }: Pick<Printing, 'templateHash'>): unknown {
  return {
    template: templateHash,
    summary: summarize(report),
    results: report.results.map(resultValue),
    misconfigurations: report.misconfigurations.map(({ code, severity, object, objectPlace, ...rest }) => ({
      code,
      severity,
      object,
      ...placed(rest),
    })),
  };
}

function resultValue(result: CheckResult): unknown {
  const { place, ...rest } = result;
  const common = { ...rest, file: place.document, line: place.line };
  switch (result.verdict) {
    case 'permitted':
      return { ...common, declared: result.declared.map(formatPort) };
    case 'violation': {
      const violations = result.violations.map((violation) => placed({ ...violation, path: formatPath(violation.path) }));
      return { ...common, declared: result.declared.map(formatPort), violations };
    }
    case 'invalid':
      return { ...common, declared: result.declared.map(formatPort), problems: result.problems.map(placed) };
    case 'examined':
    case 'not-checked':
      return common;
  }
}

/** The place in fields of its own. */
type Placed = Pick<CheckReport['misconfigurations'][number], 'place' | 'path' | 'port'>;

function placed({ place, port, ...rest }: Placed): object {
  return {
    ...rest,
    ...(port === undefined ? {} : { port: formatPort(port) }),
    file: place.document,
    line: place.line,
    column: place.column,
  };
}
