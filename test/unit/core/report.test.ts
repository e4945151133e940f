import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/finding.ts';
import { formatPort } from '../../../src/core/port.ts';
import { LONGEST_REPORT, namespaceReport } from '../../../src/core/report.ts';
import { podState } from '../../support/cluster-state.ts';
import { exposed, finding } from '../../support/findings.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const report = (pods: Readonly<Record<string, readonly Finding[]>>) =>
  namespaceReport({
    namespace: 'shop',
    pods: Object.entries(pods).map(([name, findings]) => ({ pod: podState(`shop/${name}`), findings, at: AT })),
    since: () => AT,
  });
const note = (text: string, verdict: Finding['verdict']) => finding(text, { verdict, severity: 'note' });

describe('the report of a namespace', () => {
  it('lists violations, warnings and what is not known, in this order; what is right is counted', () => {
    const made = report({
      web: [
        finding('80', { authorized: 'rule web' }),
        note('81', 'unknown'),
        note('40000/UDP', 'possible'),
        note('82', 'local'),
        note('83', 'silent'),
      ],
      api: [finding('9000'), exposed('9999'), exposed('80')],
    });
    expect(made?.summary).toEqual({ pass: 3, fail: 2, warn: 1, error: 0, skip: 2 });
    expect(made?.results.map(({ outcome, pod, finding: { port } }) => `${outcome} ${pod.name} ${formatPort(port)}`)).toEqual([
      'fail api 80/TCP',
      'fail api 9999/TCP',
      'warn api 9000/TCP',
      'skip web 81/TCP',
      'skip web 40000/UDP',
    ]);
  });

  it('that is unknown though somebody listens is a warning, not a skip', () => {
    expect(report({ api: [finding('80', { verdict: 'unknown', reachable: 'unknown' })] })?.results[0]?.outcome).toBe('warn');
  });

  it('is no report where nothing was found', () => {
    expect([report({}), report({ api: [] })]).toEqual([undefined, undefined]);
  });

  it('is cut, and still counts all', () => {
    const many = Array.from({ length: LONGEST_REPORT + 10 }, (_, index) => finding(String(index + 1)));
    const made = report({ api: many, web: [exposed('9999')] });
    expect([made?.results.length, made?.summary.warn, made?.results[0]?.outcome]).toEqual([LONGEST_REPORT, LONGEST_REPORT + 10, 'fail']);
  });
});
