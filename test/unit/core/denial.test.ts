import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../../src/adapters/yaml/read.ts';
import { makeAuthority } from '../../../src/core/authority.ts';
import { violationsOf } from '../../../src/core/checks.ts';
import { auditWarnings, denialMessage } from '../../../src/core/denial.ts';
import type { NamespaceEntry, Template } from '../../../src/core/template/model.ts';
import { parseTemplate } from '../../../src/core/template/parse.ts';
import type { NamespacePart } from '../../../src/core/template/part.ts';
import { readWorkload } from '../../../src/core/workload-reading.ts';
import { at, entry, ranges, ruleIn, template } from '../../support/template.ts';

const port = (containerPort: number, fields = {}) => ({ containerPort, ...fields });

function pod(labels: object, spec: object) {
  return { metadata: { name: 'api', labels }, spec };
}

/** What the gate knows of a pod, or of a workload with this pod template. */
function inputOf(whole: Template, object: ReturnType<typeof pod>, kind = 'Pod', name = 'shop') {
  const authority = makeAuthority(whole, 'portcullis-system');
  const read = kind === 'Pod' ? object : { metadata: { name: 'api' }, spec: { template: object } };
  const { workload } = readWorkload(kind, read, name);
  const input = { workload, authority, namespace: authority.namespace(name) };
  return { input, violations: violationsOf(input) };
}

function message(entries: NamespaceEntry[], object: ReturnType<typeof pod>, kind = 'Pod'): string[] {
  const whole = template(entries, { unlisted: 'enforce', unlistedPlace: at(2) });
  const { input, violations } = inputOf(whole, object, kind);
  return denialMessage(input, violations).split('\n');
}

const API = ruleIn({ name: 'api', place: at(14), pods: { matchLabels: { app: 'api' } }, ports: ranges('8080', '9000-9100/UDP') });
const SHOP = entry('shop', { place: at(11), mode: 'enforce', rules: [API] });
const containers = (...ports: object[]) => ({ containers: [{ name: 'api', ports }] });

describe('a denial, as it stands on a terminal', () => {
  const table: Record<string, [lines: string[], expected: string[]]> = {
    'ports of two containers of a Deployment': [
      message(
        [SHOP],
        pod(
          { app: 'api' },
          {
            initContainers: [{ name: 'proxy', restartPolicy: 'Always', ports: [port(15090)] }],
            containers: [{ name: 'api', ports: [port(8080), port(9190, { name: 'metrics' }), port(9000)] }],
          },
        ),
        'Deployment',
      ),
      [
        'Deployment shop/api declares 3 ports that the template does not permit',
        '  sidecar container proxy  15090/TCP           not in the template',
        '  container api            9190/TCP (metrics)  not in the template',
        '  container api            9000/TCP            in the template for UDP only',
        'Permitted for these pods: 8080/TCP, 9000-9100/UDP (rule api, template.yaml:14)',
        'To permit this, add under namespace shop (template.yaml:11):',
        '  rules:',
        '    - pods: {app: api}',
        '      ports: [9000/TCP, 9190/TCP, 15090/TCP]',
        'Mode enforce, by template.yaml:11.',
        'Why: kubectl portcullis explain deployment/api -n shop',
      ],
    ],
    'a port in a namespace that no document lists': [
      message([], pod({ app: 'api' }, containers(port(80)))),
      [
        'Pod shop/api declares a port that the template does not permit',
        '  container api  80/TCP  not in the template',
        'Permitted for this pod: none (no document lists the namespace)',
        'To permit this, add under namespaces:',
        '  - name: shop',
        '    rules:',
        '      - pods: {app: api}',
        '        ports: [80/TCP]',
        'Mode enforce, by unlisted: enforce at template.yaml:2.',
        'Why: kubectl portcullis explain pod/api -n shop',
      ],
    ],
    'a pod without labels': [
      message([SHOP], pod({}, containers(port(80)))),
      [
        'Pod shop/api declares a port that the template does not permit',
        '  container api  80/TCP  not in the template',
        'Permitted for this pod: none',
        'To permit this, add under namespace shop (template.yaml:11):',
        '  rules:',
        '    - ports: [80/TCP]  # every pod of the namespace: this one has no label to tell it by',
        'Mode enforce, by template.yaml:11.',
        'Why: kubectl portcullis explain pod/api -n shop',
      ],
    ],
    'hostNetwork alone': [
      message([SHOP], pod({ app: 'api' }, { hostNetwork: true, ...containers(port(8080)) })),
      [
        'Pod shop/api uses hostNetwork, which the template does not permit',
        '  pod  hostNetwork is not permitted here',
        'Permitted for this pod: 8080/TCP, 9000-9100/UDP (rule api, template.yaml:14)',
        'To permit this, add under namespace shop (template.yaml:11):',
        '  hostNetwork: true',
        'Mode enforce, by template.yaml:11.',
        'Why: kubectl portcullis explain pod/api -n shop',
      ],
    ],
    'hostNetwork and a port, where no document lists the namespace': [
      message([], pod({ app: 'api' }, { hostNetwork: true, ...containers(port(80)) })),
      [
        'Pod shop/api uses hostNetwork and declares a port that the template does not permit',
        '  pod            hostNetwork is not permitted: no document of the template lists this namespace',
        '  container api  80/TCP  not in the template',
        'Permitted for this pod: none (no document lists the namespace)',
        'To permit this, add under namespaces:',
        '  - name: shop',
        '    rules:',
        '      - pods: {app: api}',
        '        ports: [80/TCP]',
        '    hostNetwork: true',
        'Mode enforce, by unlisted: enforce at template.yaml:2.',
        'Why: kubectl portcullis explain pod/api -n shop',
      ],
    ],
    'a port and a host port': [
      message([SHOP], pod({ app: 'api' }, containers(port(81), port(8080, { hostPort: 80 })))),
      [
        'Pod shop/api declares a port and binds a host port that the template does not permit',
        '  container api  81/TCP  not in the template',
        '  container api  hostPort 80/TCP is not in hostPorts',
        'Permitted for this pod: 8080/TCP, 9000-9100/UDP (rule api, template.yaml:14)',
        'To permit this, add under namespace shop (template.yaml:11):',
        '  rules:',
        '    - pods: {app: api}',
        '      ports: [81/TCP]',
        '  hostPorts: [80/TCP]',
        'Mode enforce, by template.yaml:11.',
        'Why: kubectl portcullis explain pod/api -n shop',
      ],
    ],
    'two host ports': [
      message([SHOP], pod({ app: 'api' }, containers(port(8080, { hostPort: 80 }), port(8080, { hostPort: 81 })))).slice(0, 1),
      ['Pod shop/api binds 2 host ports that the template does not permit'],
    ],
    'one port in two containers counts once': [
      message(
        [SHOP],
        pod(
          { app: 'api' },
          {
            containers: [
              { name: 'a', ports: [port(80)] },
              { name: 'b', ports: [port(80)] },
            ],
          },
        ),
      ).slice(0, 3),
      [
        'Pod shop/api declares a port that the template does not permit',
        '  container a  80/TCP  not in the template',
        '  container b  80/TCP  not in the template',
      ],
    ],
    'a port that the template has for two other protocols': [
      message(
        [entry('shop', { place: at(11), rules: [ruleIn({ ports: ranges('53/UDP', '53/SCTP') })] })],
        pod({}, containers(port(53))),
      ).slice(1, 3),
      ['  container api  53/TCP  in the template for UDP and SCTP only', 'Permitted for this pod: 53/UDP, 53/SCTP (template.yaml:1)'],
    ],
  };
  it.each(Object.entries(table))('%s', (_, [lines, expected]) => expect(lines).toEqual(expected));

  it('a long list of ports is cut, and the remedy still names all of them', () => {
    const many = Array.from({ length: 14 }, (_, index) => port(10_000 + index));
    const lines = message([SHOP], pod({ app: 'api' }, containers(...many)));
    expect(lines.slice(0, 1)).toEqual(['Pod shop/api declares 14 ports that the template does not permit']);
    expect(lines.slice(12, 15)).toEqual([
      '  container api  10011/TCP  not in the template',
      '  and 2 more',
      'Permitted for this pod: 8080/TCP, 9000-9100/UDP (rule api, template.yaml:14)',
    ]);
    expect(lines.at(-3)).toContain('10013/TCP]');
  });

  it('a long list of rules is cut', () => {
    const rules = Array.from({ length: 8 }, (_, index) => ruleIn({ place: at(20 + index), ports: ranges(`${100 + index}`) }));
    expect(message([entry('shop', { rules })], pod({}, containers(port(80))))[2]).toBe(
      'Permitted for this pod: 100/TCP (template.yaml:20); 101/TCP (template.yaml:21); 102/TCP (template.yaml:22); 103/TCP (template.yaml:23); 104/TCP (template.yaml:24); 105/TCP (template.yaml:25); and 2 more rules',
    );
  });
});

describe('the labels that a denial proposes', () => {
  const table: Record<string, [labels: Record<string, string>, proposed: string]> = {
    'one by which people name a workload': [{ team: 'blue', app: 'api', 'pod-template-hash': '5f1c' }, '{app: api}'],
    'the recommended name before others, with its component': [
      { app: 'x', 'app.kubernetes.io/name': 'api', 'app.kubernetes.io/component': 'db', 'app.kubernetes.io/version': '1.2' },
      '{app.kubernetes.io/name: api, app.kubernetes.io/component: db}',
    ],
    'all that last, where none names it': [
      { team: 'blue', tier: 'db', 'controller-revision-hash': 'x', 'helm.sh/chart': 'y', 'batch.kubernetes.io/job-name': 'z' },
      '{team: blue, tier: db}',
    ],
    'quoted where YAML reads something else': [{ team: 'yes', tier: '1', zone: '' }, '{team: "yes", tier: "1", zone: ""}'],
    'quoted also in the key': [{ on: 'a', '9': 'b' }, '{"9": b, "on": a}'],
  };
  it.each(Object.entries(table))('%s', (_, [labels, proposed]) => {
    expect(message([SHOP], pod(labels, containers(port(80))))).toContain(`    - pods: ${proposed}`);
  });
});

describe('a warning of audit', () => {
  it('names workload, container, port and reason', () => {
    const { input, violations } = inputOf(
      template([SHOP]),
      pod({ app: 'api' }, { hostNetwork: true, ...containers(port(9000)) }),
      'Deployment',
    );
    expect(auditWarnings(input, violations)).toEqual([
      'portcullis audit: Deployment shop/api: hostNetwork is not permitted here',
      'portcullis audit: Deployment shop/api, container api: 9000/TCP is in the template for UDP only',
    ]);
  });
});

describe('the lines that a denial proposes', () => {
  const values = fc.constantFrom('api', 'a.b-c_d', 'true', 'ON', '1', '1e3', '0x1f', '2024-01-01', '', 'null', 'N');
  const keys = fc.constantFrom('app', 'team', 'app.kubernetes.io/name', 'pod-template-hash', 'on', '1', 'example.com/y');
  const declared = fc.record(
    {
      containerPort: fc.constantFrom(80, 81, 443),
      protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'),
      hostPort: fc.constantFrom(80, 443),
    },
    { requiredKeys: ['containerPort'] },
  );
  const worlds = fc.record({
    labels: fc.dictionary(keys, values, { maxKeys: 4 }),
    ports: fc.array(declared, { minLength: 1, maxLength: 5 }),
    hostNetwork: fc.boolean(),
    // Names that YAML would take for a number or a word, too.
    name: fc.constantFrom('shop', 'shop', '123', '1e3', '0x1f', 'on', 'null'),
    mode: fc.constantFrom('enforce' as const, 'audit' as const),
  });

  it('permit exactly what was refused, when they are added to the template', () => {
    fc.assert(
      fc.property(worlds, fc.boolean(), ({ labels, ports, hostNetwork, name, mode }, isShopListed) => {
        const listed = isShopListed && name === 'shop';
        const whole = template(listed ? [SHOP] : [], { mode, unlisted: 'enforce' });
        const object = pod(labels, {
          hostNetwork,
          containers: [{ name: 'api', ports: hostNetwork ? ports.map(({ hostPort: _, ...rest }) => rest) : ports }],
        });
        const { input, violations } = inputOf(whole, object, 'Pod', name);
        fc.pre(violations.length > 0);
        const added = remedyOf(denialMessage(input, violations));
        const after = inputOf({ ...whole, namespaces: [merged(listed ? SHOP : undefined, added)] }, object, 'Pod', name);
        expect([after.violations, after.input.namespace.mode]).toEqual([[], input.namespace.mode]);
        const selector = added.rules.map((rule) => JSON.stringify(rule.pods)).join();
        expect(selector).not.toContain('pod-template-hash');
      }),
      { numRuns: 500 },
    );
  });
});

/** What the lines of a message say, read by the parser of the template. */
function remedyOf(text: string): NamespacePart {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith('To permit this, add under '));
  const proposed = lines.slice(start + 1, -2).map((line) => `  ${line}`);
  const listed = lines[start]?.startsWith('To permit this, add under namespace shop ') === true;
  const head = ['apiVersion: portcullis.dev/v1alpha1', 'kind: PortTemplate', 'namespaces:', ...(listed ? ['  - name: shop'] : [])];
  const { documents, issues } = readDocuments({ document: 'remedy.yaml', text: [...head, ...proposed].join('\n') });
  expect(issues).toEqual([]);
  const [document] = documents;
  const parsed = document === undefined ? undefined : parseTemplate(document);
  if (parsed?.ok !== true || parsed.part.namespaces[0] === undefined) throw new Error(`${JSON.stringify(parsed)}\n${text}`);
  return parsed.part.namespaces[0];
}

function merged(there: NamespaceEntry | undefined, added: NamespacePart): NamespaceEntry {
  const before = there ?? entry(added.name);
  return {
    ...before,
    ...(added.mode === undefined ? {} : { mode: added.mode.value }),
    rules: [...before.rules, ...added.rules],
    hostPorts: [...before.hostPorts, ...added.hostPorts],
    hostNetwork: before.hostNetwork || added.hostNetwork?.value === true,
  };
}
