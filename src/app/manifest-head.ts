import { type DocumentNode, type MapNode, toValue } from '../core/document.ts';
import type { ObjectHead } from '../core/misconfig/read-manifest.ts';
import { asRecord, textOf } from '../core/unknown.ts';
import { isWorkloadKind, POD_TEMPLATE_PATHS } from '../core/workload.ts';

/**
 * The objects of a document. Whatever has a kind and a list of `items` is a list to kubectl, of any kind (UnstructuredJSONScheme), and stands
 * for its items; where it is no List by name, it is judged itself as well. An item of a typed list, like DeploymentList, may leave out what it is.
 */
export function objectsOf(document: DocumentNode): DocumentNode[] {
  if (document.kind === 'list') return document.items.flatMap(objectsOf);
  if (document.kind !== 'map') return [document];
  const kind = scalarAt(document, 'kind');
  const items = valueAt(document, 'items');
  if (kind === '' || items?.kind !== 'list') return [document];
  const head = { kind: kind.replace(/List$/, ''), apiVersion: scalarAt(document, 'apiVersion') };
  return [...(kind.endsWith('List') ? [] : [document]), ...items.items.flatMap((item) => objectsOf(withHead(item, head)))];
}

/** The item with the kind and apiVersion of its list, where it says neither. */
function withHead(item: DocumentNode, head: { readonly kind: string; readonly apiVersion: string }): DocumentNode {
  if (item.kind !== 'map' || head.kind === '' || scalarAt(item, 'kind') !== '' || scalarAt(item, 'apiVersion') !== '') return item;
  const { place } = item;
  const entries = Object.entries(head).map(([key, value]) => ({
    key,
    keyPlace: place,
    value: { kind: 'scalar', place, value, raw: value, quoted: true } as const,
  }));
  return { ...item, entries: [...entries, ...item.entries.filter(({ key }) => key !== 'kind' && key !== 'apiVersion')] };
}

/** What the head of an object says, or why it is none. `object`: `Kind/namespace/name`, without what is not written. */
export type HeadReading =
  | { readonly object: string; readonly head: ObjectHead; readonly node: MapNode }
  | { readonly object: string; readonly kind: string; readonly reason: string }
  /** It is meant to be a workload, and no API server would take it for one. */
  | { readonly object: string; readonly problem: string };

/** Reads apiVersion, kind, namespace and name, and nothing else of the tree: a definition of a custom resource has thousands of lines. */
export function headOf(node: DocumentNode, defaultNamespace: string): HeadReading {
  if (node.kind !== 'map') {
    const reason = `a ${node.kind === 'list' ? 'list' : 'single value'} is not a Kubernetes object`;
    return { object: node.place.document, kind: '', reason };
  }
  const metadata = valueAt(node, 'metadata');
  const { namespace, name, generateName } = asRecord(metadata === undefined ? undefined : toValue(metadata));
  const kind = scalarAt(node, 'kind');
  const apiVersion = scalarAt(node, 'apiVersion');
  const object = [kind || 'document', textOf(namespace), textOf(name)].filter((part) => part !== '').join('/');
  const problem = misnamedWorkload(kind, apiVersion);
  if (problem !== undefined) return { object, problem };
  if (kind === '' || apiVersion === '') return { object, kind, reason: 'no apiVersion and kind: not a Kubernetes object' };
  const group = groupOf(apiVersion);
  const named = { namespace: textOf(namespace) || defaultNamespace, name: textOf(name) || textOf(generateName) };
  return { object, node, head: { group, kind, ...named, node } };
}

/**
 * A kind of ours that is misspelt, or that stands under another group of Kubernetes itself: only a group with a dot may have kinds of its own,
 * and what stood under `extensions` is history.
 */
function misnamedWorkload(kind: string, apiVersion: string): string | undefined {
  const group = groupOf(apiVersion);
  const meant = Object.keys(POD_TEMPLATE_PATHS).find((known) => known.toLowerCase() === kind.trim().toLowerCase());
  if (
    meant === undefined ||
    group.includes('.') ||
    group === 'extensions' ||
    (kind === meant && apiVersion !== '' && isWorkloadKind(group, kind))
  )
    return undefined;
  const right = `apiVersion: ${API_VERSIONS[meant] ?? 'apps/v1'}, kind: ${meant}`;
  return apiVersion === ''
    ? `apiVersion is missing, or is no text; write ${right}`
    : `there is no ${kind} in ${apiVersion}; write ${right}`;
}

const API_VERSIONS: Readonly<Record<string, string>> = { Pod: 'v1', ReplicationController: 'v1', Job: 'batch/v1', CronJob: 'batch/v1' };

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

function valueAt(node: MapNode, key: string): DocumentNode | undefined {
  return node.entries.find((entry) => entry.key === key)?.value;
}

function scalarAt(node: MapNode, key: string): string {
  const value = valueAt(node, key);
  return value?.kind === 'scalar' ? textOf(value.value) : '';
}
