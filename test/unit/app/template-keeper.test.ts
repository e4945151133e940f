import { describe, expect, it } from 'vitest';
import { readDocuments, TEMPLATE_LIMITS } from '../../../src/adapters/yaml/read.ts';
import { makeTemplateKeeper } from '../../../src/app/template-keeper.ts';
import type { TemplateGroup } from '../../../src/ports.ts';
import { documentOf } from '../../support/parse-template.ts';
import { rememberingLog, rememberingMetrics } from '../../support/silence.ts';

const group = (name: string, lines: string): TemplateGroup => ({
  name,
  documents: [{ document: `${name}.yaml`, text: documentOf(lines) }],
});

const GOOD = group('main', 'mode: enforce\nunlisted: off\nnamespaces:\n  - name: shop\n');
const MOVED = group('main', '# one line more\nmode: enforce\nunlisted: off\nnamespaces:\n  - name: shop\n');
const WIDER = group('main', 'mode: enforce\nunlisted: off\nnamespaces:\n  - name: shop\n  - name: web\n');
const BAD = group('main', 'mode: enforced\n');
const TEAM = group('team', 'namespaces:\n  - name: team\n    mode: audit\n');
const CONTRADICTION = group('team', 'namespaces:\n  - name: shop\n    mode: audit\n  - name: team\n');
const MAIN_SAYS = group('main', 'mode: enforce\nunlisted: off\nnamespaces:\n  - name: shop\n    mode: enforce\n');

/** A keeper, and whom it told of what. */
function keeping() {
  const metrics = rememberingMetrics();
  const log = rememberingLog();
  const told: string[] = [];
  const keeper = makeTemplateKeeper({
    read: (source) => readDocuments(source, TEMPLATE_LIMITS),
    ownNamespace: 'portcullis-system',
    metrics,
    log,
    changed: ({ template }) => told.push(`changed: ${template.namespaces.map(({ name }) => name).join(' ')}`),
    settled: ({ accepted, refused }) =>
      told.push(`settled: ${accepted.map((one) => one.group.name).join(' ')}; refused: ${refused.map(({ name }) => name).join(' ')}`),
  });
  const namespaces = () => keeper.authority()?.template.namespaces.map(({ name }) => name);
  const errors = () => log.lines.filter(({ level }) => level === 'error');
  const refusedCounts = () => metrics.events.flatMap((event) => (event.event === 'documents refused' ? [event.count] : []));
  return { keeper, metrics, log, told, namespaces, errors, refusedCounts };
}

describe('the keeper of the template', () => {
  it('has none at first, and none where nothing good was offered', () => {
    const { keeper, told, refusedCounts } = keeping();
    expect(keeper.authority()).toBeUndefined();
    keeper.take([]);
    keeper.take([BAD]);
    expect(keeper.authority()).toBeUndefined();
    expect(keeper.state()).toMatchObject({ accepted: [], refused: [{ name: 'main' }] });
    expect(told).toEqual(['settled: ; refused: ', 'settled: ; refused: main']);
    expect(refusedCounts()).toEqual([0, 1]);
  });

  it('takes a good one, counts it by its hash, and exempts our own namespace', () => {
    const { keeper, metrics, told } = keeping();
    keeper.take([GOOD]);
    const hash = keeper.state().template?.hash ?? '';
    expect(keeper.authority()?.namespace('portcullis-system').exempt).toBe(true);
    expect(metrics.events).toEqual([
      { event: 'template', hash },
      { event: 'documents refused', count: 0 },
    ]);
    expect(told).toEqual(['changed: shop', 'settled: main; refused: ']);
  });

  it('keeps the last good one through a bad edit, tells of it once, and takes the next good one', () => {
    const { keeper, namespaces, told, errors, refusedCounts } = keeping();
    for (const groups of [[GOOD], [BAD], [BAD]]) keeper.take(groups);
    expect(namespaces()).toEqual(['shop']);
    expect(errors()).toEqual([
      {
        level: 'error',
        message: 'template refused, the last good one stays in force',
        fields: { source: 'main', issues: [expect.stringMatching(/^main\.yaml:3:7 {2}mode: /)] },
      },
    ]);
    keeper.take([WIDER]);
    expect(namespaces()).toEqual(['shop', 'web']);
    expect(told).toEqual([
      'changed: shop',
      'settled: main; refused: ',
      'settled: main; refused: main',
      'settled: main; refused: main',
      'changed: shop web',
      'settled: main; refused: ',
    ]);
    expect(refusedCounts()).toEqual([0, 1, 1, 0]);
  });

  it('quotes the new lines where only lines moved, and announces no other template', () => {
    const { keeper, metrics } = keeping();
    keeper.take([GOOD]);
    const before = keeper.authority()?.entry('shop')?.place.line;
    keeper.take([MOVED]);
    expect(keeper.authority()?.entry('shop')?.place.line).toBe((before ?? 0) + 1);
    expect(metrics.events.filter(({ event }) => event === 'template')).toHaveLength(1);
  });

  it('freezes only the group that is bad: the others go on changing', () => {
    const { keeper, namespaces } = keeping();
    keeper.take([GOOD, TEAM]);
    keeper.take([WIDER, group('team', 'oops: 1\n')]);
    expect(namespaces()?.sort()).toEqual(['shop', 'team', 'web']);
    expect(keeper.state().refused.map(({ name }) => name)).toEqual(['team']);
  });

  it('lays a contradiction to the group that changed', () => {
    const { keeper } = keeping();
    keeper.take([MAIN_SAYS, TEAM]);
    keeper.take([MAIN_SAYS, CONTRADICTION]);
    expect(keeper.authority()?.namespace('shop').mode).toBe('enforce');
    expect(keeper.authority()?.namespace('team').mode).toBe('audit');
    expect(keeper.state().refused.map(({ name }) => name)).toEqual(['team']);
  });

  it('keeps the last good one when every document is gone', () => {
    const { keeper, namespaces } = keeping();
    keeper.take([GOOD]);
    keeper.take([]);
    expect(namespaces()).toEqual(['shop']);
    expect(keeper.state().refused).toMatchObject([
      { name: 'main', issues: [{ message: 'no document of the template is left; the last good version stays in force' }] },
    ]);
  });

  it('starts again from what was accepted, though what is offered now is bad', () => {
    const before = keeping();
    before.keeper.take([GOOD, TEAM]);
    const after = keeping();
    after.keeper.take(before.keeper.state().accepted.map((one) => one.group));
    after.keeper.take([BAD, TEAM]);
    expect(after.keeper.state().template?.hash).toBe(before.keeper.state().template?.hash);
  });
});
