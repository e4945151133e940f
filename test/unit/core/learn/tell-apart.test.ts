import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tellApart } from '../../../../src/core/learn/tell-apart.ts';
import { readWorld, type Subject } from '../../../../src/core/reach/world.ts';
import { selects } from '../../../../src/core/selector.ts';

const workload = (name: string, labels: Readonly<Record<string, string>>, ownSelector: Readonly<Record<string, string>> = {}): Subject => {
  const spec = { selector: { matchLabels: ownSelector }, template: { metadata: { labels }, spec: { containers: [] } } };
  const [subject] = readWorld(
    [{ value: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'shop' }, spec } }],
    '',
  ).subjects;
  if (subject === undefined) throw new Error('no workload');
  return subject;
};

describe('the labels of a learned rule', () => {
  const api = { app: 'shop', role: 'api', team: 'blue' };
  const table: Record<string, [self: Subject, others: Subject[], labels: object, comment: string]> = {
    'the one by which people name it': [
      workload('api', { team: 'blue', app: 'api' }),
      [workload('db', { app: 'db' })],
      { app: 'api' },
      'no other workload here has it',
    ],
    'another where that one is shared': [
      workload('api', api),
      [workload('db', { app: 'shop', role: 'db', team: 'blue' })],
      { role: 'api' },
      'no other workload here has it',
    ],
    'two where one does not suffice': [
      workload('a', { x: '1', y: '1' }),
      [workload('b', { x: '1', y: '2' }), workload('c', { x: '2', y: '1' })],
      { x: '1', y: '1' },
      'no other workload here has it',
    ],
    'one that it selects by, before others': [
      workload('api', { a: '1', z: '2' }, { z: '2' }),
      [],
      { z: '2' },
      'no other workload here has it',
    ],
    'none that changes with a rollout': [
      workload('api', { 'pod-template-hash': 'x', 'helm.sh/chart': 'c-1', 'app.kubernetes.io/version': '1', z: '1' }),
      [],
      { z: '1' },
      'no other workload here has it',
    ],
    'none that a template could not hold': [
      workload('api', { app: '{{ name }}', z: '1' }),
      [],
      { z: '1' },
      'no other workload here has it',
    ],
    'those of a twin, which is named': [
      workload('blue', { app: 'a' }),
      [workload('green', { app: 'a' })],
      { app: 'a' },
      'doubtful: also meant are Deployment green',
    ],
    'none at all': [workload('api', {}), [], {}, 'doubtful: it has no lasting label, so every pod of the namespace is meant'],
  };
  it.each(Object.entries(table))('are %s', (_, [self, others, labels, comment]) =>
    expect(tellApart(self, others)).toEqual({ labels, comment }),
  );

  it('select the workload, and no other that its labels can tell apart', () => {
    const labels = fc.dictionary(fc.constantFrom('app', 'role', 'tier', 'pod-template-hash'), fc.constantFrom('a', 'b'), { maxKeys: 4 });
    fc.assert(
      fc.property(labels, fc.array(labels, { maxLength: 4 }), (own, others) => {
        const lasting = Object.fromEntries(Object.entries(own).filter(([key]) => key !== 'pod-template-hash'));
        const found = {
          matchLabels: tellApart(
            workload('self', own),
            others.map((one, index) => workload(`other-${index}`, one)),
          ).labels,
        };
        expect(selects(found, own)).toBe(true);
        for (const other of others) expect(selects(found, other)).toBe(selects({ matchLabels: lasting }, other));
      }),
    );
  });
});
