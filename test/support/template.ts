import { type Authority, makeAuthority } from '../../src/core/authority.ts';
import type { Place } from '../../src/core/document.ts';
import type { PortRange, Protocol } from '../../src/core/port.ts';
import type { NamespaceEntry, Peer, Rule, Template } from '../../src/core/template/model.ts';

/** Templates as values, for tests of the core that should not depend on the parser. */

export const PLACE: Place = { document: 'template.yaml', line: 1, column: 1 };

export function at(line: number): Place {
  return { document: 'template.yaml', line, column: 3 };
}

/** `ranges('80', '53/UDP', '9000-9100/UDP')`. */
export function ranges(...texts: string[]): PortRange[] {
  return texts.map((text) => {
    const [numbers = '', protocol = 'TCP'] = text.split('/');
    const [from = '', to = from] = numbers.split('-');
    return { from: Number(from), to: Number(to), protocol: protocol as Protocol };
  });
}

export function ruleIn(fields: Partial<Rule> = {}): Rule {
  return { place: PLACE, pods: {}, ports: [], direction: 'in', peers: [], ...fields };
}

export function ruleOut(peers: Peer[], fields: Partial<Rule> = {}): Rule {
  return { ...ruleIn(fields), direction: 'out', peers };
}

export function entry(name: string, fields: Partial<NamespaceEntry> = {}): NamespaceEntry {
  return { name, place: PLACE, hostNetwork: false, hostPorts: [], onViolation: 'report', rules: [], ...fields };
}

export function template(namespaces: NamespaceEntry[], fields: Partial<Template> = {}): Template {
  return {
    mode: 'enforce',
    unlisted: 'audit',
    dns: {
      peer: { kind: 'pods', namespace: 'kube-system', pods: { matchLabels: { 'k8s-app': 'kube-dns' } } },
      ports: ranges('53/UDP', '53/TCP'),
    },
    egress: 'declared',
    exempt: ['kube-system'],
    namespaces,
    hash: '0123456789ab',
    ...fields,
  };
}

export function authorityOf(namespaces: NamespaceEntry[], fields: Partial<Template> = {}): Authority {
  return makeAuthority(template(namespaces, fields), 'portcullis-system');
}
