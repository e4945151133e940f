import type { Api } from '../cluster/api.ts';

/** One change of one object as etcd stored it. Revisions are the order in which everything happened, across all objects. */
export interface Change {
  readonly revision: number;
  /** Without the prefix: `pods/NAMESPACE/NAME`. */
  readonly key: string;
  /** The first version of its object. */
  readonly isNew: boolean;
  /** Undefined where the object was deleted. */
  readonly value: unknown;
}

/** What an API server must be told so that etcd can be read: objects as JSON, and no history thrown away. */
export const READABLE = ['--storage-media-type=application/json', '--etcd-compaction-interval=0'];

const KINDS = ['configmaps', 'networkpolicies', 'pods'] as const;

/** Everything that ever happened to ConfigMaps, policies and pods, in order. Nothing else tells this: a watch of the API may miss what an outage hides. */
export async function readHistory(api: Api): Promise<Change[]> {
  const changes = await Promise.all(KINDS.map((kind) => readKind(api, kind)));
  return changes.flat().sort((a, b) => a.revision - b.revision);
}

interface WatchLine {
  readonly result?: { readonly events?: readonly WatchEvent[] };
}

interface WatchEvent {
  readonly type?: 'DELETE';
  readonly kv: { readonly key: string; readonly create_revision?: string; readonly mod_revision: string; readonly value?: string };
}

/** etcd's watch from the beginning (api-reference-v3, "Watch"), up to a key that is written for this: it stands behind every object. */
async function readKind({ etcdUrl, dir }: Api, kind: string): Promise<Change[]> {
  const prefix = `${dir}/`;
  const end = `${prefix}${kind}/~`;
  await post(`${etcdUrl}/v3/kv/put`, { key: base64(end), value: base64('{}') });
  const range = { key: base64(`${prefix}${kind}/`), range_end: base64(`${prefix}${kind}0`), start_revision: '1' };
  const response = await post(`${etcdUrl}/v3/watch`, { create_request: range });
  const changes: Change[] = [];
  for await (const line of linesOf(response)) {
    const { result }: WatchLine = JSON.parse(line);
    for (const event of result?.events ?? []) {
      const change = changeOf(event, prefix);
      if (change.key !== `${kind}/~`) changes.push(change);
      else return changes; // which ends the watch
    }
  }
  throw new Error(`the history of ${kind} ends before its end`);
}

function changeOf({ type, kv }: WatchEvent, prefix: string): Change {
  const value: unknown = type === 'DELETE' ? undefined : JSON.parse(Buffer.from(kv.value ?? '', 'base64').toString());
  const key = Buffer.from(kv.key, 'base64').toString().slice(prefix.length);
  return { revision: Number(kv.mod_revision), key, isNew: kv.create_revision === kv.mod_revision, value };
}

async function post(url: string, body: object): Promise<Response> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}

async function* linesOf({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for await (const chunk of body ?? []) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    parts.push(first);
    for (const next of others) {
      yield parts.splice(0).join('');
      parts.push(next);
    }
  }
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
