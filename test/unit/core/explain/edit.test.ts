import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../../../src/adapters/yaml/read.ts';
import { makeAuthority } from '../../../../src/core/authority.ts';
import { explainConnection } from '../../../../src/core/explain/connection.ts';
import type { TemplateEdit } from '../../../../src/core/explain/edit-candidates.ts';
import type { PodEnd } from '../../../../src/core/reach/endpoint.ts';
import { withNameLabel } from '../../../../src/core/reach/endpoint.ts';
import type { NamespaceEntry, Template } from '../../../../src/core/template/model.ts';
import { parseTemplate } from '../../../../src/core/template/parse.ts';
import type { NamespacePart } from '../../../../src/core/template/part.ts';
import { labels, NAMESPACES, ports, templates } from '../../../support/arbitrary.ts';
import type { Endpoint } from '../../../support/netpol-evaluator.ts';
import { at, entry } from '../../../support/template.ts';
import { permits } from '../../../support/template-evaluator.ts';

const pods = fc.record({ namespace: fc.constantFrom(...NAMESPACES), labels, ip: fc.constant('10.244.0.7') });

const podEnd = ({ namespace, labels: own, ip }: Endpoint): PodEnd => ({
  kind: 'pod',
  namespace,
  namespaceLabels: withNameLabel(namespace, {}),
  labels: own,
  addresses: [ip],
  hostNetwork: false,
  namedPorts: [],
});

/** Each rule with a line of its own, by which an edit names it. */
function numbered(whole: Template): Template {
  let line = 10;
  const namespaces = whole.namespaces.map((one) => ({ ...one, rules: one.rules.map((rule) => ({ ...rule, place: at(line++) })) }));
  return { ...whole, namespaces };
}

/** What a person reads in the lines, put where the sentence says. */
function typed(whole: Template, { sentence, lines }: TemplateEdit): Template {
  const line = Number(/template\.yaml:(\d+)$/.exec(sentence)?.[1]);
  if (sentence === 'add under namespaces')
    return { ...whole, namespaces: [...whole.namespaces, entryOf(partOf(lines.map((text) => `  ${text}`)))] };
  if (sentence.startsWith('add under namespace ')) {
    const name = /^add under namespace ([^,]+),/.exec(sentence)?.[1];
    const added = partOf([`  - name: ${name}`, ...lines.map((text) => `    ${text}`)]).rules;
    return { ...whole, namespaces: whole.namespaces.map((one) => (one.name === name ? { ...one, rules: [...one.rules, ...added] } : one)) };
  }
  const rule = sentence.startsWith('add to the ')
    ? ['ports: []', `${sentence.split(' ')[3]}:`, ...lines.map((text) => `  ${text}`)]
    : lines;
  const [changed] = partOf([
    '  - name: any',
    '    rules:',
    ...rule.map((text, index) => `      ${index === 0 ? '- ' : '  '}${text}`),
  ]).rules;
  const rules = (one: NamespaceEntry) =>
    one.rules.map((old) => {
      if (old.place.line !== line || changed === undefined) return old;
      return changed.peers.length > 0 ? { ...old, peers: [...old.peers, ...changed.peers] } : { ...old, ports: changed.ports };
    });
  return { ...whole, namespaces: whole.namespaces.map((one) => ({ ...one, rules: rules(one) })) };
}

function partOf(lines: readonly string[]): NamespacePart {
  const text = ['apiVersion: portcullis.dev/v1alpha1', 'kind: PortTemplate', 'namespaces:', ...lines].join('\n');
  const { documents, issues } = readDocuments({ document: 'edit.yaml', text });
  const parsed = documents[0] === undefined ? undefined : parseTemplate(documents[0]);
  if (parsed?.ok !== true || parsed.part.namespaces[0] === undefined) throw new Error(`${JSON.stringify([issues, parsed])}\n${text}`);
  return parsed.part.namespaces[0];
}

const entryOf = (part: NamespacePart): NamespaceEntry =>
  entry(part.name, { rules: part.rules, ...(part.mode === undefined ? {} : { mode: part.mode.value }) });

describe('for any template', () => {
  it('the edit that is proposed for a refused connection permits it; where nothing is refused, none is proposed', () => {
    let edited = 0;
    fc.assert(
      fc.property(templates, pods, pods, ports, (plain, from, to, port) => {
        const whole = numbered(plain);
        const authority = makeAuthority(whole, 'portcullis-system');
        const facts = { namespaces: NAMESPACES, apiServer: [] };
        const world = { namespaces: new Map(), subjects: [], policies: [], services: [] };
        const { verdict, enforced, edit } = explainConnection(
          { from: podEnd(from), to: podEnd(to), port },
          { authority, facts, world, policiesAreReal: false },
        );
        expect(verdict).toBe(permits(whole, from, to, port) ? 'permitted' : 'refused');
        if (verdict === 'permitted' && enforced === undefined) expect(edit).toBeUndefined();
        if (verdict === 'permitted') return;
        expect(edit).toBeDefined();
        if (edit === undefined) return;
        edited += 1;
        expect(permits(typed(whole, edit), from, to, port)).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(edited).toBeGreaterThan(30);
  });
});
