import { printable } from './printable.ts';

/** A parsed YAML or JSON document that remembers where each value stands. Made by adapters/yaml; read by core. */
export interface Place {
  /** File name, or `ConfigMap NAMESPACE/NAME, key KEY`: what a person can open. */
  readonly document: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters. */
  readonly column: number;
}

interface Located {
  readonly place: Place;
}

export interface ScalarNode extends Located {
  readonly kind: 'scalar';
  /** The value that kubectl reads (YAML 1.1 booleans, `0777` octal, ...). */
  readonly value: string | number | boolean | null;
  /** The text as written, without quotes; `value` and `raw` differ where YAML readers may disagree. */
  readonly raw: string;
  /** Written with quotes, or as a block scalar: certainly a string. */
  readonly quoted: boolean;
}

export interface MapNode extends Located {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: DocumentNode;
}

export interface ListNode extends Located {
  readonly kind: 'list';
  readonly items: readonly DocumentNode[];
}

export type DocumentNode = ScalarNode | MapNode | ListNode;

/** One thing that is wrong with a document. `path` is like `namespaces[2].rules[0].ports[1]`; empty where the text itself is unreadable. */
export interface Issue {
  readonly place: Place;
  readonly path: string;
  /** What is wrong and what would be right, in one sentence without the place. */
  readonly message: string;
}

/** A text on its way in: where it comes from and what it says. */
export interface SourceText {
  readonly document: string;
  readonly text: string;
}

/** `template.yaml:14:19`. */
export function formatPlace(place: Place): string {
  return `${place.document}:${place.line}:${place.column}`;
}

/** `template.yaml:14`: short form, for messages that name a rule. */
export function formatLine(place: Place): string {
  return `${place.document}:${place.line}`;
}

/** `template.yaml:14:19  namespaces[2].rules[0].ports[1]: "9100-9000/UDP" runs backward; write 9000-9100/UDP`. */
export function formatIssue({ place, path, message }: Issue): string {
  return printable(path === '' ? `${formatPlace(place)}  ${message}` : `${formatPlace(place)}  ${path}: ${message}`);
}

/** The plain JSON value of a node. Own properties only, so that a key `__proto__` stays a key. */
export function toValue(node: DocumentNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(toValue);
    case 'map': {
      const value: Record<string, unknown> = {};
      for (const entry of node.entries) {
        Object.defineProperty(value, entry.key, { value: toValue(entry.value), enumerable: true, writable: true, configurable: true });
      }
      return value;
    }
  }
}

/** The node at a path of keys and indexes, or the deepest one that exists on the way. */
export function nodeAt(node: DocumentNode, path: readonly (string | number)[]): DocumentNode {
  let current = node;
  for (const step of path) {
    const next =
      current.kind === 'list' && typeof step === 'number'
        ? current.items[step]
        : current.kind === 'map'
          ? current.entries.find((entry) => entry.key === step)?.value
          : undefined;
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

/** `['spec', 'containers', 0, 'ports']` as `spec.containers[0].ports`. */
export function formatPath(path: readonly (string | number)[]): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
