import type { ServerResponse } from 'node:http';
import { type FakeApi, type Seen, sendJson, sendStatus } from './fake-api.ts';

type Fields = Record<string, unknown>;
interface Metadata extends Fields {
  uid: string;
  resourceVersion: string;
}

/**
 * Serves objects by their paths as the API server does, as far as merge patches, applies that make an object, and watches of one object need
 * it. A watch begins with what happened after its resourceVersion: a write between a list and its watch is not lost.
 */
export function serveObjects(api: FakeApi): {
  put(path: string, object: Fields): string;
  remove(path: string): void;
  get(path: string): Fields | undefined;
} {
  const objects = new Map<string, Fields & { metadata: Metadata }>();
  const events: { readonly version: number; readonly line: string }[] = [];
  const watches = new Set<ServerResponse>();
  let version = 1;
  const store = (path: string, object: Fields): Metadata => {
    version += 1;
    const before = objects.get(path);
    const metadata = { ...(object.metadata as Fields), uid: before?.metadata.uid ?? `uid-${version}`, resourceVersion: String(version) };
    objects.set(path, { ...object, metadata });
    const line = `${JSON.stringify({ type: before === undefined ? 'ADDED' : 'MODIFIED', object: objects.get(path) })}\n`;
    events.push({ version, line });
    for (const watch of watches) watch.write(line);
    return metadata;
  };
  const patch = (response: ServerResponse, { path, body, headers }: Seen) => {
    const before = objects.get(path);
    if (headers['content-type'] === 'application/apply-patch+yaml') store(path, merged(before ?? {}, body as Fields));
    else if (before === undefined) return sendStatus(response, 404, 'NotFound', 'not found');
    else {
      const uid = ((body as Fields).metadata as Fields | undefined)?.uid;
      if (uid !== undefined && uid !== before.metadata.uid) return sendStatus(response, 422, 'Invalid', 'metadata.uid: field is immutable');
      store(path, merged(before, body as Fields));
    }
    return sendJson(response, 200, objects.get(path));
  };
  api.otherwise((response, seen) => {
    if (seen.method === 'PATCH') return patch(response, seen);
    if (seen.query.watch === 'true') {
      watches.add(response);
      response.on('close', () => watches.delete(response));
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      const since = Number(seen.query.resourceVersion);
      for (const event of events) if (event.version > since) response.write(event.line);
      return;
    }
    const one = objects.get(seen.path);
    if (one !== undefined) return sendJson(response, 200, one);
    const name = seen.query.fieldSelector?.replace('metadata.name=', '');
    const found = objects.get(`${seen.path}/${name}`);
    return sendJson(response, 200, { metadata: { resourceVersion: String(version) }, items: found === undefined ? [] : [found] });
  });
  return { put: (path, object) => store(path, object).uid, remove: (path) => objects.delete(path), get: (path) => objects.get(path) };
}

/** JSON Merge Patch (RFC 7396). */
function merged(target: Fields, patch: Fields): Fields {
  const result = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (typeof value === 'object' && !Array.isArray(value)) result[key] = merged((target[key] ?? {}) as Fields, value as Fields);
    else result[key] = value;
  }
  return result;
}
