import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Grant, grantOf, indexGrants, podGrants } from '../../../src/core/grants.ts';
import { formatPort, rangeHolds } from '../../../src/core/port.ts';
import { type Labels, selects } from '../../../src/core/selector.ts';
import type { NamespaceEntry } from '../../../src/core/template/model.ts';
import { labels, ports, selectors } from '../../support/arbitrary.ts';
import { authorityOf, entry, ranges, ruleIn, ruleOut } from '../../support/template.ts';

const port = (text: string) => {
  const [number, protocol = 'TCP'] = text.split('/');
  return { number: Number(number), protocol: protocol as 'TCP' | 'UDP' | 'SCTP' };
};

/** The name of the rule that authorizes a port for a pod. */
function authorizedBy(entries: NamespaceEntry[], namespace: string, pod: Labels, text: string): string | undefined {
  return grantOf(podGrants(authorityOf(entries).grants(namespace), pod), port(text))?.rule.name;
}

describe('a port of a pod is authorized', () => {
  const shop = entry('shop', {
    rules: [
      ruleIn({ name: 'api', pods: { matchLabels: { app: 'api' } }, ports: ranges('8080', '9000-9100/UDP') }),
      ruleIn({ name: 'blue api', pods: { matchLabels: { app: 'api', color: 'blue' } }, ports: ranges('8081') }),
      ruleIn({ name: 'tiered', pods: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, ports: ranges('70') }),
      ruleIn({ name: 'everybody', ports: ranges('22') }),
      ruleIn({ name: 'closed', pods: { matchLabels: { app: 'vault' } }, ports: [] }),
      ruleOut([{ kind: 'pods', pods: { matchLabels: { app: 'db' } } }], { name: 'api to db', ports: ranges('5432') }),
      ruleOut([{ kind: 'pods', namespace: 'web', pods: {} }], { name: 'api to web', ports: ranges('3000') }),
      ruleOut([{ kind: 'pods', namespace: 'pr-*', pods: {} }], { name: 'api to previews', ports: ranges('4000') }),
      ruleOut([{ kind: 'cidr', cidr: '0.0.0.0/0', except: [] }], { name: 'internet', ports: ranges('443') }),
    ],
  });
  const preview = entry('pr-*', { rules: [ruleOut([{ kind: 'pods', pods: {} }], { name: 'among previews', ports: ranges('6000') })] });
  const table: Record<string, [namespace: string, pod: Labels, port: string, rule: string | undefined]> = {
    'by a label pair': ['shop', { app: 'api', 'pod-template-hash': 'x' }, '8080', 'api'],
    'by the last port of a range': ['shop', { app: 'api' }, '9100/UDP', 'api'],
    'not behind the range': ['shop', { app: 'api' }, '9101/UDP', undefined],
    'not for another protocol': ['shop', { app: 'api' }, '9000/TCP', undefined],
    'by a rule that is filed under its rarest label': ['shop', { color: 'blue', app: 'api' }, '8081', 'blue api'],
    'not when only the rarest label fits': ['shop', { color: 'blue', app: 'db' }, '8081', undefined],
    'by an expression': ['shop', { tier: '' }, '70', 'tiered'],
    'by a rule for every pod, though the pod has no labels': ['shop', {}, '22', 'everybody'],
    'never by a rule without ports': ['shop', { app: 'vault' }, '8200', undefined],
    'by a `to:` of the same namespace': ['shop', { app: 'db' }, '5432', 'api to db'],
    'not on the caller of a `to:`': ['shop', { app: 'api' }, '5432', undefined],
    'by a `to:` of another namespace': ['web', {}, '3000', 'api to web'],
    'by a `to:` with a pattern': ['pr-7', {}, '4000', 'api to previews'],
    'by a `to:` of a pattern entry, in the namespaces that it describes': ['pr-7', {}, '6000', 'among previews'],
    'not by a `to:` of a pattern entry elsewhere': ['shop', {}, '6000', undefined],
    'not by a `to:` with addresses': ['shop', {}, '443', undefined],
    'not in another namespace': ['web', { app: 'api' }, '8080', undefined],
    'not in an exempt namespace, where nothing is judged': ['kube-system', {}, '22', undefined],
  };
  it.each(Object.entries(table))('%s', (_, [namespace, pod, text, rule]) => {
    expect(authorizedBy([shop, preview], namespace, pod, text)).toBe(rule);
  });
});

describe('grantOf', () => {
  const grants: fc.Arbitrary<Grant[]> = fc.array(
    fc
      .record({
        selector: selectors,
        ports: fc.array(fc.tuple(ports, fc.nat(2)).map(([{ number, protocol }, more]) => ({ from: number, to: number + more, protocol }))),
      })
      .map((fields) => ({ ...fields, sources: { kind: 'anywhere' as const }, rule: ruleIn() })),
    { maxLength: 12 },
  );

  it('finds a grant exactly when a walk through all of them finds one, and then a right one', () => {
    fc.assert(
      fc.property(grants, labels, ports, (all, pod, asked) => {
        const fitting = all.filter(({ selector, ports }) => selects(selector, pod) && ports.some((range) => rangeHolds(range, asked)));
        const found = grantOf(podGrants(indexGrants(all), pod), asked);
        if (found === undefined) expect(fitting, formatPort(asked)).toEqual([]);
        else expect(fitting).toContain(found);
      }),
      { numRuns: 2000 },
    );
  });
});
