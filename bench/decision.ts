import { makeReview } from '../src/app/review.ts';
import type { AdmissionRequest } from '../src/core/admission.ts';
import { makeAuthority } from '../src/core/authority.ts';
import type { NamespaceEntry, Template } from '../src/core/template/model.ts';
import { facts, request } from '../test/support/review.ts';
import { entry, ranges, ruleIn, template } from '../test/support/template.ts';
import { type BenchRow, figure } from './statistics.ts';

const SIZES = [10, 100, 1_000, 10_000, 100_000];
const ROUNDS = 9;
const DECISIONS = 20_000;

/** The cost of one decision (a Pod with three ports, one of them refused) as the template grows. */
export function benchDecision(): BenchRow[] {
  return [
    row('decision, rules spread over namespaces of 10', spread),
    row('decision, all rules in one namespace, each with its own selector', gathered),
  ];
}

function row(what: string, make: (rules: number) => Template): BenchRow {
  const subjects = SIZES.map((size) => ({ size, decide: decider(make(size)), samples: [] as number[] }));
  for (const { decide } of subjects) decide(DECISIONS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { decide, samples } of subjects) samples.push(decide(DECISIONS));
  }
  const figures = subjects.map(({ size, samples }) => ({ rules: size, microseconds: figure(samples) }));
  const base = figures[0]?.microseconds.median ?? Number.NaN;
  const worst = Math.max(...figures.map(({ microseconds }) => microseconds.median / base));
  const measured = figures.map(({ rules, microseconds }) => `${rules}: ${(microseconds.median / base).toFixed(2)}x`).join(', ');
  return { what, measured: `${measured} (${base.toFixed(2)} µs at 10)`, goal: '<= 1.2x', reached: worst <= 1.2, data: figures };
}

/** Microseconds a decision. */
function decider(made: Template): (count: number) => number {
  const authority = makeAuthority(made, 'portcullis-system');
  const review = makeReview({
    facts: () => known,
    templateEdit: () => {
      throw new Error('not part of this measurement');
    },
  });
  const known = facts(authority);
  const asked = podRequest();
  return (count) => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) review.validate(asked);
    return Number(process.hrtime.bigint() - start) / 1_000 / count;
  };
}

function podRequest(): AdmissionRequest {
  const ports = [8080, 8081, 9999].map((containerPort) => ({ containerPort }));
  const object = { metadata: { name: 'p', labels: { app: 'app-3', tier: 'web' } }, spec: { containers: [{ name: 'c', ports }] } };
  return request('Pod', { namespace: 'ns-0', object });
}

function spread(rules: number): Template {
  const namespaces: NamespaceEntry[] = [];
  for (let first = 0; first < rules; first += 10) {
    namespaces.push(entry(`ns-${first / 10}`, { rules: appRules(Math.min(10, rules - first)) }));
  }
  return template(namespaces);
}

function gathered(rules: number): Template {
  return template([entry('ns-0', { rules: appRules(rules) })]);
}

function appRules(count: number): NamespaceEntry['rules'] {
  return Array.from({ length: count }, (_, i) =>
    ruleIn({ pods: { matchLabels: { app: `app-${i}`, tier: 'web' } }, ports: ranges('8080', '8081') }),
  );
}
