import { readdirSync, readFileSync } from 'node:fs';
import { load, loadAll } from 'js-yaml';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createSeries } from '../../src/adapters/metrics/series.ts';
import { VERDICTS } from '../../src/core/verdict.ts';
import { settableClock } from '../support/silence.ts';
import { codeWords, fencedBlocks, readDocument, sectionOf, tableRows } from './markdown.ts';

/** What docs/operations.md says is typed and applied on a real API server in test/control-plane/operations.test.ts; here is the rest. */

const PAGE = readDocument('docs/operations.md');
const [MONITOR = '', RULES = ''] = fencedBlocks(sectionOf(PAGE, 'What to alert on'));

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string };
}
const rules = (load(RULES) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

interface Workload {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: { readonly ports?: { readonly name: string; readonly containerPort: number }[] }[] };
    };
  };
}

/** What a series may be asked about: its labels, and the texts that say which values these have. */
async function knownSeries(): Promise<ReadonlyMap<string, { readonly labels: readonly string[]; readonly values: string }>> {
  const registry = new Registry();
  createSeries(registry, settableClock('2026-01-01T00:00:00.000Z'));
  const reasons = tableRows(readDocument('docs/admission-reasons.md')).map(([reason = '']) => reason);
  const metrics = tableRows(readDocument('docs/metrics.md'));
  return new Map(
    (await registry.getMetricsAsJSON()).map(({ name }) => {
      const [, , labels = '', meaning = ''] = metrics.find(([cell]) => cell === `\`${name}\``) ?? [];
      const values = { reason: reasons.join(' '), verdict: VERDICTS.join(' ') }[codeWords(labels).at(-1) ?? ''] ?? meaning;
      return [name, { labels: codeWords(labels), values }];
    }),
  );
}

describe('the alerts', () => {
  it('have names of their own, and say what is wrong', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, annotations } of rules) expect(`${alert}: ${annotations.summary}`).toMatch(/^Portcullis[A-Z]\w+: [A-Z].*[.]$/);
  });

  it.each(rules.map(({ alert, expr }) => [alert, expr]))('%s asks about what is measured', async (_, expr) => {
    const known = await knownSeries();
    // The one series that the API server measures, not we: it names the entry of the webhook.
    const others = { apiserver_admission_webhook_fail_open_count: { labels: ['name'], values: '.*portcullis[.]dev' } };
    const named = [...expr.matchAll(/\b((?:portcullis|apiserver)_\w+)(?:\{([^}]*)\})?/g)];
    expect(named).toHaveLength(1);
    for (const [, name = '', matchers = ''] of named) {
      const series = known.get(name) ?? Object.entries(others).find(([other]) => other === name)?.[1];
      expect(series, name).toBeDefined();
      for (const [, label = '', values = ''] of matchers.matchAll(/(\w+)=~?"([^"]*)"/g)) {
        expect(series?.labels).toContain(label);
        expect(values.split('|').filter((value) => series?.values.includes(value) !== true)).toEqual([]);
      }
    }
  });

  it('are scraped from each pod that has a port for it', () => {
    const base = new URL('../../deploy/base/', import.meta.url);
    const documents = readdirSync(base).flatMap((file) => loadAll(readFileSync(new URL(file, base), 'utf8')) as Workload[]);
    const scraped = documents.filter(({ kind, spec }) => kind === 'Deployment' && JSON.stringify(spec).includes('"metrics"'));
    const monitor = load(MONITOR) as {
      metadata: { namespace: string };
      spec: { selector: { matchLabels: Record<string, string> }; podMetricsEndpoints: { port: string }[] };
    };
    expect(scraped.map(({ metadata }) => metadata.name).sort()).toEqual(['portcullis-controller', 'portcullis-webhook']);
    for (const { metadata, spec } of scraped) {
      expect(metadata.namespace).toBe(monitor.metadata.namespace);
      expect(spec.template.metadata.labels).toMatchObject(monitor.spec.selector.matchLabels);
      const ports = spec.template.spec.containers.flatMap((container) => container.ports ?? []);
      expect(ports).toContainEqual({ name: monitor.spec.podMetricsEndpoints[0]?.port, containerPort: 8081 });
    }
  });
});

describe('the findings', () => {
  it('each have something to do, and no other is named', () => {
    const rows = tableRows(sectionOf(PAGE, 'Read what it finds').split('by its [verdict]')[1] ?? '');
    expect(rows.flatMap(([verdicts = '']) => codeWords(verdicts)).sort()).toEqual([...VERDICTS].sort());
  });

  it('come in Events that are written', () => {
    const sources = ['src/app', 'src/core'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(`${folder}/${name}`, 'utf8')),
    );
    const reasons = new Set(codeWords(PAGE).filter((word) => /^P[a-z]+[A-Z]\w+$/.test(word) && word !== 'PortTemplate'));
    expect(reasons.size).toBeGreaterThan(3);
    expect([...reasons].filter((reason) => !sources.some((text) => text.includes(`'${reason}'`)))).toEqual([]);
  });
});
