import { type DocumentNode, formatLine, nodeAt, type Place } from '../document.ts';
import { inside, refine, report, type Shape } from './shape.ts';

/** The list, where no two entries have the same `name`. @param message what to say of the second one, given where the first stands */
export function distinctNames<T>(list: Shape<T>, message: (name: string, first: string) => string): Shape<T> {
  return refine(list, (value, node, spot) => {
    const places = new Map<string, Place>();
    for (const [index, item] of (node.kind === 'list' ? node.items : []).entries()) {
      const name = nameOf(item);
      if (name === undefined) continue;
      const first = places.get(name.text);
      if (first === undefined) places.set(name.text, item.place);
      else report(inside(inside(spot, index), 'name'), name.place, message(name.text, formatLine(first)));
    }
    return value;
  });
}

function nameOf(item: DocumentNode): { readonly text: string; readonly place: Place } | undefined {
  const name = nodeAt(item, ['name']);
  return name !== item && name.kind === 'scalar' && typeof name.value === 'string' ? { text: name.value, place: name.place } : undefined;
}
