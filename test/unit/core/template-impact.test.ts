import { describe, expect, it } from 'vitest';
import type { Authority } from '../../../src/core/authority.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import { templateImpact } from '../../../src/core/template-impact.ts';
import { podState } from '../../support/cluster-state.ts';
import { authorityOf, entry, ranges, ruleIn, ruleOut } from '../../support/template.ts';

const cluster = { namespaces: ['shop', 'web'], apiServer: [] };
const OPEN = { egress: 'open' } as const;
const port = (containerPort: number, more: object = {}) => [{ containerPort, ...more }];
const shop = (...ports: string[]) => authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges(...ports) })], ...OPEN })]);
const running = (count: number, ports: readonly object[] = port(81)) =>
  Array.from({ length: count }, (_, index) => podState(`shop/api-${index}`, {}, ports));
const toWeb = ruleOut([{ kind: 'pods', namespace: 'web', pods: {} }], { pods: { matchLabels: { app: 'api' } }, ports: ranges('80') });

describe('what an edit of the template changes', () => {
  const table: Record<string, [before: Authority, after: Authority, pods: readonly PodState[], sentences: string[]]> = {
    'nothing, where nothing changes': [shop('80', '81'), shop('80', '81'), running(2), []],
    'what opens, where only more is permitted': [
      shop('80'),
      shop('80', '81'),
      running(2),
      ['opens 81/TCP from anywhere to every pod of shop'],
    ],
    'nothing, where a rule is written in other words': [shop('80', '81-82'), shop('80-81', '82'), running(2), []],
    'what closes of a range': [
      shop('80-90/UDP'),
      shop('82/UDP'),
      [],
      ['closes 80-81/UDP from anywhere to every pod of shop', 'closes 83-90/UDP from anywhere to every pod of shop'],
    ],
    'nothing, where a wider rule takes the place of a narrower one, but what it opens': [
      authorityOf([entry('shop', { rules: [ruleIn({ pods: { matchLabels: { app: 'api' } }, ports: ranges('80') })], ...OPEN })]),
      shop('80'),
      [],
      ['opens 80/TCP from anywhere to every pod of shop'],
    ],
    'a connection between two namespaces once, though it has two ends': [
      authorityOf([entry('shop', { rules: [toWeb], ...OPEN }), entry('web', OPEN)]),
      authorityOf([entry('shop', OPEN), entry('web', OPEN)]),
      [],
      ['closes 80/TCP from shop app=api to every pod of web'],
    ],
    'nothing for pods that were not authorized before either': [shop('80'), shop('80'), running(1), []],
    'a port of one pod': [
      shop('81'),
      shop('80'),
      running(1),
      [
        '81/TCP in shop becomes unauthorized for 1 running pod (api-0)',
        'closes 81/TCP from anywhere to every pod of shop',
        'opens 80/TCP from anywhere to every pod of shop',
      ],
    ],
    'a port of many pods, three of which are named': [
      shop('81'),
      shop('80'),
      running(5),
      [
        '81/TCP in shop becomes unauthorized for 5 running pods (api-0, api-1, api-2 and 2 more)',
        'closes 81/TCP from anywhere to every pod of shop',
        'opens 80/TCP from anywhere to every pod of shop',
      ],
    ],
    'a permission for the host network': [
      authorityOf([entry('shop', { hostNetwork: true, ...OPEN })]),
      authorityOf([entry('shop', OPEN)]),
      [podState('shop/node', { hostNetwork: true, object: { metadata: { name: 'node' }, spec: { hostNetwork: true, containers: [] } } })],
      ['hostNetwork in shop becomes unauthorized for 1 running pod (node)'],
    ],
    'a permission for a host port': [
      authorityOf([entry('shop', { rules: [ruleIn({ ports: ranges('81') })], hostPorts: ranges('8081'), ...OPEN })]),
      shop('81'),
      running(1, port(81, { hostPort: 8081 })),
      ['hostPort 8081/TCP in shop becomes unauthorized for 1 running pod (api-0)'],
    ],
    'nothing for pods of a namespace that goes off, but its mode': [
      shop('81'),
      authorityOf([entry('shop', { mode: 'off' })]),
      running(1),
      ['namespace shop changes from enforce to off (template.yaml:1)'],
    ],
    'the mode of a namespace that is listed no longer': [
      shop('80'),
      authorityOf([]),
      [],
      ['namespace shop changes from enforce to audit (the built-in unlisted: audit)', 'closes 80/TCP from anywhere to every pod of shop'],
    ],
    'the egress of pods that no rule lets out': [
      authorityOf([entry('shop', { mode: 'audit', rules: [toWeb] }), entry('web')]),
      authorityOf([entry('shop', { rules: [toWeb] }), entry('web')]),
      [podState('shop/api', { labels: { app: 'api' } }), podState('shop/cache'), podState('web/front')],
      [
        'namespace shop changes from audit to enforce (the built-in default)',
        'closes the egress of shop: no rule lets 1 running pod (cache) out, except to DNS and the own namespace',
      ],
    ],
    'the egress of a namespace that goes from open to declared': [
      authorityOf([entry('shop', OPEN)]),
      authorityOf([entry('shop')]),
      [podState('shop/cache')],
      ['closes the egress of shop: no rule lets 1 running pod (cache) out, except to DNS and the own namespace'],
    ],
    'no egress where every pod has a rule': [
      authorityOf([entry('shop', { rules: [toWeb], ...OPEN }), entry('web')]),
      authorityOf([entry('shop', { rules: [toWeb] }), entry('web')]),
      [podState('shop/api', { labels: { app: 'api' } })],
      [],
    ],
  };
  it.each(Object.entries(table))('%s', (_, [before, after, pods, sentences]) =>
    expect(templateImpact({ before, after, pods, cluster })).toEqual(sentences),
  );
});
