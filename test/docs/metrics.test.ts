import { type Metric, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createSeries } from '../../src/adapters/metrics/series.ts';
import { settableClock } from '../support/silence.ts';
import { readDocument, tableRows } from './markdown.ts';

const labelsOf = (metric: object): string[] =>
  'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];

/** A row of the page: name, type, labels, meaning. */
async function rowOf(registry: Registry, name: string): Promise<string[]> {
  const metric: Metric | undefined = registry.getSingleMetric(name);
  if (metric === undefined) throw new Error(`${name} is not registered`);
  const { type, help } = await metric.get();
  const labels = labelsOf(metric).map((label) => `\`${label}\``);
  return [`\`${name}\``, String(type), labels.join(', '), help];
}

describe('docs/metrics.md', () => {
  it('lists every series as it is registered, in its order, and no other', async () => {
    const registry = new Registry();
    createSeries(registry, settableClock('2026-01-01T00:00:00.000Z'));
    const names = (await registry.getMetricsAsJSON()).map(({ name }) => name);
    const registered = await Promise.all(names.map((name) => rowOf(registry, name)));
    expect(tableRows(readDocument('docs/metrics.md'))).toEqual(registered);
  });
});
