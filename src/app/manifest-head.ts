import { type DocumentNode, type MapNode, nodeAt, toValue } from '../core/document.ts';
import type { ObjectHead } from '../core/misconfig/read-manifest.ts';
import { asRecord, textOf } from '../core/unknown.ts';

/** A List stands for its items (also a typed one, like DeploymentList). */
export function objectsOf(document: DocumentNode): DocumentNode[] {
  const items = document.kind === 'map' && scalarAt(document, 'kind').endsWith('List') ? nodeAt(document, ['items']) : document;
  return items.kind === 'list' ? items.items.flatMap(objectsOf) : [document];
}

/** What the head of an object says, or why it is none. `object`: `Kind/namespace/name`, without what is not written. */
export type HeadReading =
  | { readonly object: string; readonly head: ObjectHead; readonly node: MapNode }
  | { readonly object: string; readonly kind: string; readonly reason: string };

/** Reads apiVersion, kind, namespace and name, and nothing else of the tree: a definition of a custom resource has thousands of lines. */
export function headOf(node: DocumentNode, defaultNamespace: string): HeadReading {
  if (node.kind !== 'map') {
    const reason = `a ${node.kind === 'list' ? 'list' : 'single value'} is not a Kubernetes object`;
    return { object: node.place.document, kind: '', reason };
  }
  const metadata = node.entries.find(({ key }) => key === 'metadata')?.value;
  const { namespace, name, generateName } = asRecord(metadata === undefined ? undefined : toValue(metadata));
  const kind = scalarAt(node, 'kind');
  const apiVersion = scalarAt(node, 'apiVersion');
  const object = [kind || 'document', textOf(namespace), textOf(name)].filter((part) => part !== '').join('/');
  if (kind === '' || apiVersion === '') return { object, kind, reason: 'no apiVersion and kind: not a Kubernetes object' };
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const named = { namespace: textOf(namespace) || defaultNamespace, name: textOf(name) || textOf(generateName) };
  return { object, node, head: { group, kind, ...named, node } };
}

function scalarAt(node: MapNode, key: string): string {
  const value = node.entries.find((entry) => entry.key === key)?.value;
  return value?.kind === 'scalar' ? textOf(value.value) : '';
}
