import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { type DocumentNode, formatLine, formatPath, type Issue, type MapEntry, type Place, type ScalarNode } from '../../core/document.ts';
import { keyOf, resolvePlain, resolveTagged } from './scalar.ts';

/** What the events of one section are built from, and what is counted across the whole text. */
export interface BuildInput {
  readonly events: readonly Event[];
  readonly text: string;
  readonly placeOf: (offset: number) => Place;
  readonly maxDepth: number;
  /** How many nodes aliases may still add. Shared by all documents of a text, and counted down. */
  readonly aliasBudget: { left: number };
}

/** One document of the stream: a node without issues, or the issues; an empty one is undefined. */
export type Built = { readonly node: DocumentNode } | { readonly issues: readonly Issue[] } | undefined;

interface Anchored {
  /** Undefined while the anchored node is still open: an alias to it would never end. */
  node?: DocumentNode;
  weight: number;
  height: number;
}

interface State extends BuildInput {
  index: number;
  /** The last offset that was read: the place of an empty value. */
  last: number;
  nodes: number;
  deepest: number;
  path: (string | number)[];
  issues: Issue[];
  anchors: Map<string, Anchored>;
}

/** Turns the events of a section into documents (mostly one). */
export function buildDocuments(input: BuildInput): Built[] {
  const state: State = { ...input, index: 0, last: 0, nodes: 0, deepest: 0, path: [], issues: [], anchors: new Map() };
  const built: Built[] = [];
  while (state.index < state.events.length) {
    state.index++; // the start of the document
    state.issues = [];
    state.anchors = new Map();
    const node = readNode(state, 0);
    state.index++; // its end
    if (state.issues.length > 0) built.push({ issues: state.issues });
    else built.push(node.kind === 'scalar' && node.value === null ? undefined : { node });
  }
  return built;
}

function readNode(state: State, depth: number): DocumentNode {
  const event = state.events[state.index++];
  if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) throw new Error('events out of order');
  state.nodes++;
  if (depth > state.deepest) state.deepest = depth;
  if (event.type === EVENT_ID.ALIAS) return readAlias(state, event, depth);
  if (event.anchorStart === -1) return readContent(state, event, depth);
  const anchored: Anchored = { weight: state.nodes, height: 0 };
  state.anchors.set(state.text.slice(event.anchorStart, event.anchorEnd), anchored);
  const outerDeepest = state.deepest;
  state.deepest = depth;
  anchored.node = readContent(state, event, depth);
  anchored.weight = state.nodes - anchored.weight + 1;
  anchored.height = state.deepest - depth;
  state.deepest = Math.max(outerDeepest, state.deepest);
  return anchored.node;
}

type ContentEvent = Exclude<Event, { type: typeof EVENT_ID.POP | typeof EVENT_ID.DOCUMENT | typeof EVENT_ID.ALIAS }>;

function readContent(state: State, event: ContentEvent, depth: number): DocumentNode {
  if (event.type === EVENT_ID.SCALAR) return readScalar(state, event);
  state.last = event.start;
  const place = state.placeOf(event.start);
  if (event.type === EVENT_ID.MAPPING) return { kind: 'map', place, entries: readEntries(state, depth) };
  const items: DocumentNode[] = [];
  while (!atEnd(state)) {
    state.path.push(items.length);
    items.push(readNode(state, depth + 1));
    state.path.pop();
  }
  return { kind: 'list', place, items };
}

/** Whether the open collection ends here; its end is consumed. */
function atEnd(state: State): boolean {
  if (state.events[state.index]?.type !== EVENT_ID.POP) return false;
  state.index++;
  return true;
}

function readScalar(state: State, event: ScalarEvent): ScalarNode {
  const { style } = event;
  const inQuotes = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
  if (event.valueStart !== -1) state.last = inQuotes ? event.valueStart - 1 : event.valueStart;
  const place = state.placeOf(state.last);
  const raw = getScalarValue(state.text, event);
  const tag = event.tagStart === -1 ? undefined : state.text.slice(event.tagStart, event.tagEnd);
  const plain = style === SCALAR_STYLE.PLAIN;
  const value = tag !== undefined ? resolveTagged(raw, tag) : plain ? resolvePlain(raw) : raw;
  const quoted = !plain || (tag !== undefined && typeof value === 'string');
  if (typeof value !== 'object' || value === null) return { kind: 'scalar', place, value, raw, quoted };
  report(state, place, value.refused);
  return { kind: 'scalar', place, value: null, raw, quoted };
}

function readAlias(state: State, event: Event & { type: typeof EVENT_ID.ALIAS }, depth: number): DocumentNode {
  state.last = event.anchorStart - 1;
  const name = state.text.slice(event.anchorStart, event.anchorEnd);
  const place = state.placeOf(state.last);
  const nothing: ScalarNode = { kind: 'scalar', place, value: null, raw: '', quoted: false };
  const anchored = state.anchors.get(name);
  const refuse = (message: string): DocumentNode => {
    report(state, place, message);
    return nothing;
  };
  if (anchored === undefined) return refuse(`no anchor &${name} stands above this alias`);
  if (anchored.node === undefined) return refuse(`the alias *${name} stands inside of its own anchor, so the value would never end`);
  if (depth + anchored.height > state.maxDepth) return refuse(`the aliases unfold to more than ${state.maxDepth} levels`);
  state.aliasBudget.left -= anchored.weight;
  if (state.aliasBudget.left < 0) {
    const known = state.issues.some(({ message }) => message.startsWith(TOO_MANY));
    return known ? nothing : refuse(`${TOO_MANY}; write the values out, or share smaller parts`);
  }
  state.nodes += anchored.weight - 1;
  state.deepest = Math.max(state.deepest, depth + anchored.height);
  return anchored.node;
}

const TOO_MANY = 'the aliases unfold beyond the limit';

function readEntries(state: State, depth: number): MapEntry[] {
  const entries = new Map<string, MapEntry>();
  const written = new Map<string, Place>();
  while (!atEnd(state)) {
    const merge = isMergeKey(state);
    const keyNode = readNode(state, depth + 1);
    if (merge) {
      mergeInto(state, entries, readNode(state, depth));
      continue;
    }
    const key = keyNode.kind === 'scalar' ? keyOf(keyNode.value, keyNode.raw) : undefined;
    if (key === undefined) report(state, keyNode.place, 'this key is no text; quote it');
    const first = key === undefined ? undefined : written.get(key);
    state.path.push(key ?? '?');
    if (first !== undefined) report(state, keyNode.place, `duplicate key "${key}": it is already written at ${formatLine(first)}`);
    const value = readNode(state, depth + 1);
    state.path.pop();
    if (key === undefined) continue;
    entries.set(key, { key, keyPlace: keyNode.place, value });
    written.set(key, keyNode.place);
  }
  return [...entries.values()];
}

function isMergeKey(state: State): boolean {
  const event = state.events[state.index];
  if (event?.type !== EVENT_ID.SCALAR || event.style !== SCALAR_STYLE.PLAIN) return false;
  return event.valueEnd - event.valueStart === 2 && state.text.startsWith('<<', event.valueStart);
}

/** `<<` where it stands, as goyaml.v2: what is merged beats what is written above it and loses to what is written below; of a list the first wins. */
function mergeInto(state: State, entries: Map<string, MapEntry>, merged: DocumentNode): void {
  const maps = merged.kind === 'list' ? [...merged.items].reverse() : [merged];
  for (const map of maps) {
    if (map.kind === 'map') for (const entry of map.entries) entries.set(entry.key, entry);
    else report(state, map.place, '<< merges a map or a list of maps, nothing else');
  }
}

function report(state: State, place: Place, message: string): void {
  state.issues.push({ place, path: formatPath(state.path), message });
}
