import { describe, expect, it } from 'vitest';
import { belatedRecoveries, runChaos } from '../chaos/chaos.ts';
import { SENT, VERSION } from '../chaos/churn.ts';
import { judge } from '../chaos/verdict.ts';
import { FIRST_VERSION } from '../chaos/versions.ts';
import { SCHEDULING_GATE } from '../support/on-server.ts';

/** The small form of `npm run chaos`: every kind of process is killed under load, and everything is right again. */

const RUN = { seed: 6, namespaces: 60, pods: 180, kills: 6 };

it('policies are what the template wants within 10 s of every recovery, and no pod was let in or free that should not have been', async () => {
  const outcome = await runChaos({ ...RUN, say: (line) => console.log(line) });
  expect(outcome.violations).toEqual([]);
  expect(belatedRecoveries(outcome.recoveries)).toEqual([]);
  expect(new Set(outcome.recoveries.flatMap(({ kill }) => kill.kinds))).toEqual(new Set(['webhook', 'controller', 'etcd', 'api-server']));
  expect([outcome.counts.admitted, outcome.counts.refused, outcome.free].map((count) => count > 0)).toEqual([true, true, true]);
}, 600_000);

describe('the verdict', () => {
  const pod = (labels: object, port: number, gates: readonly string[] = []) => ({
    metadata: { labels, annotations: { [SENT]: '1000' } },
    spec: { containers: [{ ports: [{ containerPort: port }] }], schedulingGates: gates.map((name) => ({ name })) },
  });
  const template = { metadata: { annotations: { [VERSION]: JSON.stringify(FIRST_VERSION) } } };
  const judged = (...objects: readonly [key: string, value: unknown][]) => {
    const all = [['configmaps/portcullis-system/portcullis-template', template] as const, ...objects];
    const history = all.map(([key, value], index) => ({ revision: index + 1, key, isNew: true, value }));
    return judge({ history, stored: new Map(), outages: [] }).violations;
  };
  const PAIR: readonly [string, unknown][] = [
    ['networkpolicies/alpha-1/portcullis-block', {}],
    ['networkpolicies/alpha-1/portcullis-allow', {}],
  ];

  it.each([
    ['finds nothing where all is well', [...PAIR, ['pods/alpha-1/a', pod({ app: 'web' }, 81)]], []],
    ['lets a pod wait before its policies', [['pods/alpha-1/a', pod({ app: 'web' }, 81, [SCHEDULING_GATE])]], []],
    [
      'finds a pod whose port no template permits',
      [...PAIR, ['pods/alpha-1/a', pod({ app: 'db' }, 81)]],
      ['pods/alpha-1/a (app db, port 81) was let in, and no template in force permits it'],
    ],
    [
      'finds a pod that could run before its policies',
      [...PAIR.slice(1), ['pods/alpha-1/a', pod({ app: 'web' }, 81)]],
      ['pods/alpha-1/a was free to run at revision 3, before the policies of its namespace'],
    ],
  ] as [string, [string, unknown][], string[]][])('%s', (_, objects, violations) => {
    expect(judged(...objects)).toEqual(violations);
  });
});
