import { readDocuments, TEMPLATE_LIMITS } from '../../src/adapters/yaml/read.ts';
import { type ReadText, readGroup } from '../../src/app/template-state.ts';
import { type Authority, makeAuthority } from '../../src/core/authority.ts';
import { type DocumentNode, formatIssue, type MapEntry, type MapNode, type Place, type ScalarNode } from '../../src/core/document.ts';
import { mergeTemplates } from '../../src/core/template/merge.ts';

/**
 * The neutral template of the cases, `[{namespace, podSelector?, ports: [{port | range, protocol?}]}]`, in the words of our grammar. It is
 * rewritten as a document whose values keep their places and spelling, and only then read: so the product's own reader judges each of them.
 */
export interface NeutralOptions {
  readonly exempt?: readonly string[];
}

/** A reader of neutral texts for whatever takes groups of documents. */
export function neutralReader({ exempt = [] }: NeutralOptions = {}): ReadText {
  return (source) => {
    const { documents, issues } = readDocuments(source, TEMPLATE_LIMITS);
    return { documents: documents.map((document) => translate(document, exempt)), issues };
  };
}

/** The template of a case, ready for questions. Throws where it is bad. */
export function neutralAuthority(text: string, ownNamespace: string, options: NeutralOptions = {}): Authority {
  const read = readGroup({ name: 'template.json', documents: [{ document: 'template.json', text }] }, neutralReader(options));
  if ('issues' in read) throw new Error(read.issues.map(formatIssue).join('\n'));
  const merged = mergeTemplates(read.parts);
  if (!merged.ok) throw new Error(merged.issues.map(formatIssue).join('\n'));
  return makeAuthority(merged.template, ownNamespace);
}

function translate(document: DocumentNode, exempt: readonly string[]): DocumentNode {
  if (document.kind !== 'list') return document;
  const { place } = document;
  const namespaces = new Map<string, DocumentNode[]>();
  for (const item of document.items) {
    const name = valueAt(item, 'namespace');
    const key = name?.kind === 'scalar' ? name.raw : '';
    namespaces.set(key, [...(namespaces.get(key) ?? []), item]);
  }
  return map(place, {
    apiVersion: word(place, 'portcullis.dev/v1alpha1'),
    kind: word(place, 'PortTemplate'),
    mode: word(place, 'enforce'),
    unlisted: word(place, 'off'),
    exempt: list(
      place,
      exempt.map((name) => word(place, name)),
    ),
    namespaces: list(place, [...namespaces.values()].map(namespaceNode)),
  });
}

/** The rules of the cases are about containerPorts alone: everything else is permitted. */
function namespaceNode(entries: readonly DocumentNode[]): DocumentNode {
  const [first] = entries;
  if (first === undefined || first.kind !== 'map') return first ?? list({ document: '', line: 1, column: 1 }, []);
  const { place } = first;
  return map(place, {
    name: valueAt(first, 'namespace') ?? word(place, ''),
    rules: list(place, entries.map(ruleNode)),
    hostNetwork: { kind: 'scalar', place, value: true, raw: 'true', quoted: false },
    hostPorts: list(
      place,
      ['1-65535/TCP', '1-65535/UDP', '1-65535/SCTP'].map((range) => word(place, range)),
    ),
  });
}

function ruleNode(entry: DocumentNode): DocumentNode {
  if (entry.kind !== 'map') return entry;
  const entries = entry.entries.flatMap(({ key, keyPlace, value }): MapEntry[] => {
    if (key === 'namespace') return [];
    if (key === 'podSelector') return value.kind === 'map' && value.entries.length === 0 ? [] : [{ key: 'pods', keyPlace, value }];
    if (key === 'ports' && value.kind === 'list') return [{ key, keyPlace, value: { ...value, items: value.items.map(portNode) } }];
    return [{ key, keyPlace, value }];
  });
  return { ...entry, entries };
}

/** `{port: 8301, protocol: UDP}` as `8301/UDP`; without a protocol the number alone, as it was written. */
function portNode(port: DocumentNode): DocumentNode {
  const number = valueAt(port, 'port') ?? valueAt(port, 'range');
  const protocol = valueAt(port, 'protocol');
  if (number?.kind !== 'scalar') return port;
  // A number whose reading is in doubt is handed on bare, so that the reader says why it refuses it.
  if (protocol?.kind !== 'scalar' || (protocol.value === 'TCP' && typeof number.value === 'number')) return number;
  return { ...word(number.place, `${number.raw}/${protocol.raw}`) };
}

function valueAt(node: DocumentNode, key: string): DocumentNode | undefined {
  return node.kind === 'map' ? node.entries.find((entry) => entry.key === key)?.value : undefined;
}

function word(place: Place, value: string): ScalarNode {
  return { kind: 'scalar', place, value, raw: value, quoted: true };
}

function list(place: Place, items: readonly DocumentNode[]): DocumentNode {
  return { kind: 'list', place, items };
}

function map(place: Place, values: Readonly<Record<string, DocumentNode>>): MapNode {
  return { kind: 'map', place, entries: Object.entries(values).map(([key, value]) => ({ key, keyPlace: place, value })) };
}
