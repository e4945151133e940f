import { type DocumentNode, toValue } from '../core/document.ts';
import type { FoundObject } from '../core/reach/world.ts';
import { objectsOf } from './manifest-head.ts';

/** The objects of a manifest with their places; a list stands for its items. */
export function manifestObjects(documents: readonly DocumentNode[]): FoundObject[] {
  return documents.flatMap(objectsOf).flatMap((node) => (node.kind === 'map' ? [{ value: toValue(node), place: node.place }] : []));
}
