import { type DocumentNode, nodeAt, toValue } from '../core/document.ts';
import type { FoundObject } from '../core/reach/world.ts';
import { textOf } from '../core/unknown.ts';

/** The objects of a manifest with their places. A List stands for its items (also a typed one, like DeploymentList). */
export function manifestObjects(documents: readonly DocumentNode[]): FoundObject[] {
  return documents.flatMap(objectsOf);
}

function objectsOf(document: DocumentNode): FoundObject[] {
  const kind = document.kind === 'map' ? nodeAt(document, ['kind']) : document;
  const isList = kind !== document && kind.kind === 'scalar' && textOf(kind.value).endsWith('List');
  const items = isList ? nodeAt(document, ['items']) : document;
  if (items.kind === 'list') return items.items.flatMap(objectsOf);
  return document.kind === 'map' ? [{ value: toValue(document), place: document.place }] : [];
}
