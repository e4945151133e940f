import fc from 'fast-check';
import type { Port, PortRange, Protocol } from '../../src/core/port.ts';
import type { LabelSelector } from '../../src/core/selector.ts';
import type { NamespaceEntry, Peer, Rule, Template } from '../../src/core/template/model.ts';
import { entry, PLACE, template } from './template.ts';

/** Small universes, in which rules, pods and ports often meet. */

export const NAMESPACES = ['shop', 'web', 'pr-1', 'pr-22', 'pr-2', 'kube-system', 'other'];
const ENTRY_NAMES = ['shop', 'web', 'pr-*', 'pr-2*', 'pr-2', 'kube-system', 'gone'];
const NUMBERS = [79, 80, 81, 82, 443];

const protocols = fc.constantFrom<Protocol>('TCP', 'UDP');
export const ports: fc.Arbitrary<Port> = fc.record({ number: fc.constantFrom(...NUMBERS), protocol: protocols });
export const labels: fc.Arbitrary<Record<string, string>> = fc
  .record({ app: fc.constantFrom('a', 'b'), tier: fc.constantFrom('x', 'y', '') }, { requiredKeys: [] })
  .map((value) => ({ ...value }));

const portRanges: fc.Arbitrary<PortRange> = fc
  .record({ from: fc.constantFrom(...NUMBERS), span: fc.constantFrom(0, 0, 1, 2), protocol: protocols })
  .map(({ from, span, protocol }) => ({ from, to: from + span, protocol }));

export const selectors: fc.Arbitrary<LabelSelector> = fc.oneof(
  fc.constant({}),
  labels.map((matchLabels) => ({ matchLabels })),
  fc.constantFrom<LabelSelector>(
    { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
    { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
    { matchExpressions: [{ key: 'app', operator: 'In', values: ['b', 'a'] }] },
    { matchExpressions: [{ key: 'app', operator: 'In', values: ['a'] }] },
    { matchLabels: { app: 'a' }, matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['x'] }] },
  ),
);

const podsPeers: fc.Arbitrary<Peer> = fc.record(
  { kind: fc.constant('pods' as const), namespace: fc.constantFrom(...NAMESPACES, 'pr-*', 'w*'), pods: selectors },
  { requiredKeys: ['kind', 'pods'] },
);
const peers: fc.Arbitrary<Peer> = fc.oneof(
  { weight: 5, arbitrary: podsPeers },
  { weight: 1, arbitrary: fc.constant<Peer>({ kind: 'cidr', cidr: '192.0.2.0/24', except: ['192.0.2.1/32'] }) },
);

const rules: fc.Arbitrary<Rule> = fc.oneof(
  fc
    .record({ pods: selectors, ports: fc.array(portRanges, { maxLength: 3 }), peers: fc.array(peers, { maxLength: 2 }) })
    .map((rule) => ({ ...rule, place: PLACE, direction: 'in' as const })),
  fc
    .record({ pods: selectors, ports: fc.array(portRanges, { maxLength: 3 }), peers: fc.array(peers, { minLength: 1, maxLength: 2 }) })
    .map((rule) => ({ ...rule, place: PLACE, direction: 'out' as const })),
);

const entries: fc.Arbitrary<NamespaceEntry[]> = fc.uniqueArray(fc.constantFrom(...ENTRY_NAMES), { maxLength: 5 }).chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      fc
        .record(
          {
            mode: fc.constantFrom('enforce' as const, 'enforce' as const, 'audit' as const, 'off' as const),
            egress: fc.constantFrom('declared' as const, 'open' as const),
            rules: fc.array(rules, { maxLength: 4 }),
          },
          { requiredKeys: ['rules'] },
        )
        .map((fields) => entry(name, fields)),
    ),
  ),
);

export const templates: fc.Arbitrary<Template> = fc
  .record({ namespaces: entries, unlisted: fc.constantFrom('enforce' as const, 'audit' as const, 'deny' as const), dns: fc.boolean() })
  .map(({ namespaces, unlisted, dns }) => template(namespaces, { unlisted, ...(dns ? {} : { dns: 'off' as const }) }));
