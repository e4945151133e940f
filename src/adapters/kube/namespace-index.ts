import type { ObjectChange } from './object-cache.ts';

/** What a watch knows, found by namespace. */
export interface NamespaceIndex<T> {
  apply(change: ObjectChange<T>): void;
  of(namespace: string): readonly T[];
}

/** An empty index. `placeOf` says where an object belongs. */
export function makeNamespaceIndex<T>(placeOf: (object: T) => { readonly namespace: string; readonly name: string }): NamespaceIndex<T> {
  const byNamespace = new Map<string, Map<string, T>>();
  return {
    apply({ type, object }) {
      const { namespace, name } = placeOf(object);
      const objects = byNamespace.get(namespace) ?? new Map<string, T>();
      if (type === 'removed') objects.delete(name);
      else objects.set(name, object);
      if (objects.size === 0) byNamespace.delete(namespace);
      else byNamespace.set(namespace, objects);
    },
    of: (namespace) => [...(byNamespace.get(namespace)?.values() ?? [])],
  };
}
