import type { ServerResponse } from 'node:http';
import { type FakeApi, type Seen, sendJson } from './fake-api.ts';

/** An object of a collection, with a uid and a resourceVersion. */
interface FakeObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string; readonly resourceVersion: string };
  readonly [field: string]: unknown;
}

/** One collection of a fake API server: paged lists, and watches that tell every change from then on. */
export interface FakeCollection {
  /** Makes or changes an object; a deleted name comes back with another uid. */
  put(name: string, fields?: Readonly<Record<string, unknown>>): FakeObject;
  remove(name: string): void;
  bookmark(): void;
  /** Sends a line of any kind to every watch. */
  tell(type: string, object: unknown): void;
  /** The page that a list call asks for. */
  page(seen: Seen): unknown;
  /** Watches that are open now. */
  watches(): number;
  /** Ends every watch: as the server does at its time limit, or by breaking the connection. */
  endWatches(how: 'end' | 'break'): void;
  /** Lists and watches that were asked for so far. */
  lists(): readonly Seen[];
  watchCalls(): readonly Seen[];
}

export const isList = ({ method, query }: Seen) => method === 'GET' && query.watch === undefined;
export const isWatch = ({ query }: Seen) => query.watch === 'true';

/** Serves every request of the API as this collection. */
export function serveCollection(api: FakeApi): FakeCollection {
  const objects = new Map<string, FakeObject>();
  const open = new Set<ServerResponse>();
  let version = 100;
  let uids = 0;
  const tell = (type: string, object: unknown) => {
    for (const response of open) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const page = ({ query }: Seen) => {
    const items = [...objects.values()];
    const start = Number(query.continue ?? 0);
    const end = start + Number(query.limit ?? items.length);
    const more = end < items.length ? { continue: String(end) } : {};
    return { kind: 'List', metadata: { resourceVersion: String(version), ...more }, items: items.slice(start, end) };
  };
  api.otherwise((response, seen) => {
    if (!isWatch(seen)) return sendJson(response, 200, page(seen));
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    open.add(response);
    response.on('close', () => open.delete(response));
  });
  return {
    put(name, fields = {}) {
      const before = objects.get(name);
      version += 1;
      const uid = before?.metadata.uid ?? `uid-${++uids}`;
      const object = { ...fields, metadata: { name, uid, resourceVersion: String(version) } };
      objects.set(name, object);
      tell(before === undefined ? 'ADDED' : 'MODIFIED', object);
      return object;
    },
    remove(name) {
      const object = objects.get(name);
      objects.delete(name);
      version += 1;
      tell('DELETED', { ...object, metadata: { ...object?.metadata, resourceVersion: String(version) } });
    },
    bookmark: () => tell('BOOKMARK', { metadata: { resourceVersion: String(++version) } }),
    tell,
    page,
    watches: () => open.size,
    endWatches(how) {
      for (const response of open) how === 'end' ? response.end() : response.destroy();
    },
    lists: () => api.seen.filter(isList),
    watchCalls: () => api.seen.filter(isWatch),
  };
}
