import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeDocuments } from '../../../../src/adapters/yaml/write.ts';
import { hashOf } from '../../../../src/core/template/canonical.ts';
import { renderTemplate } from '../../../../src/core/template/render.ts';
import { templates } from '../../../support/arbitrary.ts';
import { documentOf, issuesOf, readTemplate, ruleOf, shopOf } from '../../../support/parse-template.ts';

function hash(...texts: string[]): string {
  const read = readTemplate(...texts);
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return read.template.hash;
}

describe('documents that agree', () => {
  it('say what one document would say, with every default applied', () => {
    const one = documentOf(
      'mode: enforce\nunlisted: deny\nnamespaces:\n  - {name: shop, hostNetwork: true, rules: [{name: a, ports: [80]}]}\n',
    );
    const two = shopOf('    mode: audit\n    hostPorts: [443]\n    rules: [{name: b, ports: [81]}]\n');
    const place = (document: string, line: number, column: number) => ({ document, line, column });
    expect(readTemplate(one, two)).toEqual({
      ok: true,
      template: {
        mode: 'enforce',
        modePlace: place('a.yaml', 3, 7),
        unlisted: 'deny',
        unlistedPlace: place('a.yaml', 4, 11),
        dns: {
          peer: { kind: 'pods', namespace: 'kube-system', pods: { matchLabels: { 'k8s-app': 'kube-dns' } } },
          ports: [
            { from: 53, to: 53, protocol: 'UDP' },
            { from: 53, to: 53, protocol: 'TCP' },
          ],
        },
        egress: 'declared',
        exempt: [],
        namespaces: [
          {
            name: 'shop',
            place: place('a.yaml', 6, 5),
            mode: 'audit',
            hostNetwork: true,
            hostPorts: [{ from: 443, to: 443, protocol: 'TCP' }],
            onViolation: 'report',
            rules: [
              {
                name: 'a',
                place: place('a.yaml', 6, 45),
                pods: {},
                ports: [{ from: 80, to: 80, protocol: 'TCP' }],
                direction: 'in',
                peers: [],
              },
              {
                name: 'b',
                place: place('b.yaml', 7, 13),
                pods: {},
                ports: [{ from: 81, to: 81, protocol: 'TCP' }],
                direction: 'in',
                peers: [],
              },
            ],
          },
        ],
        hash: hash(two, one),
      },
    });
  });

  it('may say the same twice', () => {
    const twice = documentOf('mode: audit\ndefaults: {dns: {namespace: kube-system, pods: {a: b}, ports: [53/UDP, 53]}}\n');
    const again = documentOf('mode: audit\ndefaults: {dns: {ports: [53/TCP, 53/UDP], pods: {a: b}, namespace: kube-system}}\n');
    expect(issuesOf(twice, again)).toEqual([]);
  });
});

describe('documents that contradict each other', () => {
  const table: Record<string, [string, string, string]> = {
    'two modes': [
      documentOf('mode: audit\n'),
      documentOf('mode: off\n'),
      'b.yaml:3:7  mode: is off here and audit at a.yaml:3; say it in one document only',
    ],
    'two values of unlisted': [
      documentOf('unlisted: audit\n'),
      documentOf('unlisted: deny\n'),
      'b.yaml:3:11  unlisted: is deny here and audit at a.yaml:3; say it in one document only',
    ],
    'two DNS services': [
      documentOf('defaults: {dns: off}\n'),
      documentOf('defaults: {dns: {cidr: 10.0.0.10/32, ports: [53]}}\n'),
      'b.yaml:3:17  defaults.dns: differs from a.yaml:3; say it in one document only',
    ],
    'two values of egress': [
      documentOf('defaults: {egress: open}\n'),
      documentOf('defaults: {egress: declared}\n'),
      'b.yaml:3:20  defaults.egress: is declared here and open at a.yaml:3; say it in one document only',
    ],
    'two modes of one namespace': [
      shopOf('    mode: audit\n'),
      documentOf('namespaces: [{name: web}, {name: shop, mode: enforce}]\n'),
      'b.yaml:3:46  namespaces[1].mode: is enforce here and audit at a.yaml:5; say it in one document only',
    ],
    'hostNetwork permitted and forbidden': [
      shopOf('    hostNetwork: true\n'),
      shopOf('    hostNetwork: false\n'),
      'b.yaml:5:18  namespaces[0].hostNetwork: is false here and true at a.yaml:5; say it in one document only',
    ],
    'two values of onViolation': [
      shopOf('    onViolation: report\n'),
      shopOf('    onViolation: quarantine\n'),
      'b.yaml:5:18  namespaces[0].onViolation: is quarantine here and report at a.yaml:5; say it in one document only',
    ],
    'two rules of one name': [
      ruleOf('{name: api, ports: [80]}'),
      ruleOf('{name: api, ports: [81]}'),
      'b.yaml:6:9  namespaces[0].rules[0].name: a rule of shop is already named "api" at a.yaml:6',
    ],
  };
  it.each(Object.entries(table))('%s', (_sentence, [first, second, issue]) => {
    expect(issuesOf(first, second)).toEqual([issue]);
  });
});

describe('the hash', () => {
  const base = ruleOf('{name: api, pods: {app: api, tier: x}, ports: [80, 53/UDP], from: [{namespace: web}, {cidr: 10.0.0.0/8}]}');
  const same: Record<string, string> = {
    'the order of ports, peers and keys': ruleOf(
      '{from: [{cidr: 10.0.0.0/8}, {pods: {}, namespace: web}], ports: [53/UDP, 80/TCP], pods: {tier: x, app: api}, name: api}',
    ),
    'a default that is said': documentOf('mode: audit\nunlisted: audit\n') + base.replace(/^apiVersion.*\nkind.*\n/, ''),
    'a selector in its full form': base.replace(
      '{app: api, tier: x}',
      '{matchExpressions: [{key: tier, operator: In, values: [x]}], matchLabels: {app: api}}',
    ),
    'a comment': `# words\n${base}`,
  };
  it.each(Object.entries(same))('does not depend on %s', (_what, text) => {
    expect(hash(text)).toBe(hash(base));
  });

  const other: Record<string, string> = {
    'a port': base.replace('[80,', '[81,'),
    'a protocol': base.replace('53/UDP', '53/TCP'),
    'a label': base.replace('tier: x', 'tier: z'),
    'a peer': base.replace('namespace: web', 'namespace: we*'),
    'the direction': base.replace('from:', 'to:'),
    'the mode': documentOf('mode: off\n') + base.replace(/^apiVersion.*\nkind.*\n/, ''),
    'the name of a rule': base.replace('name: api,', 'name: apis,'),
  };
  it.each(Object.entries(other))('depends on %s', (_what, text) => {
    expect(hash(text)).not.toBe(hash(base));
  });

  it('is that of the template which a rendered one reads back to', () => {
    fc.assert(
      fc.property(templates, (template) => {
        expect(hash(writeDocuments([renderTemplate(template)]))).toBe(hashOf(template));
      }),
      { numRuns: 300 },
    );
  });

  it('is the same however the namespaces are spread over documents', () => {
    fc.assert(
      fc.property(templates, fc.nat(), (template, cut) => {
        const { namespaces, ...rest } = template;
        const at = cut % (namespaces.length + 1);
        const texts = [
          { ...rest, namespaces: namespaces.slice(at) },
          { ...rest, namespaces: namespaces.slice(0, at) },
        ];
        expect(hash(...texts.map((one) => writeDocuments([renderTemplate(one)])))).toBe(hashOf(template));
      }),
      { numRuns: 100 },
    );
  });
});
