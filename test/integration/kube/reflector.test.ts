import { describe, expect, it } from 'vitest';
import type { ObjectChange } from '../../../src/adapters/kube/object-cache.ts';
import { type ReflectOptions, type Reflector, reflect } from '../../../src/adapters/kube/reflector.ts';
import { connect } from '../../../src/adapters/kube/transport.ts';
import { asRecord, textOf } from '../../../src/core/unknown.ts';
import { breakConnection, type FakeApi, type Responder, sendJson, sendStatus, startFakeApi, staySilent } from '../../support/fake-api.ts';
import { type FakeCollection, isList, isWatch, serveCollection } from '../../support/fake-collection.ts';

interface Thing {
  readonly name: string;
  readonly uid: string;
  readonly color: string;
}

function keepThing(raw: unknown): Thing | undefined {
  const { metadata, color, hidden } = asRecord(raw);
  const { name, uid } = asRecord(metadata);
  return hidden === true ? undefined : { name: textOf(name), uid: textOf(uid), color: textOf(color) };
}

interface Setup extends AsyncDisposable {
  readonly api: FakeApi;
  readonly things: FakeCollection;
  readonly reflector: Reflector<Thing>;
  /** `added a`, `changed a red>blue`, `removed a uid-1`. */
  readonly changes: string[];
  readonly errors: string[];
  heard(): number;
}

const QUICK = { idleMs: 5_000, workedMs: 0, backoff: { baseMs: 10, capMs: 40 } };

/** A reflector over a collection that holds a (red) and b (green) and whose first list and watch are through, unless `prepare` forbids it. */
async function setUp(
  options: Partial<ReflectOptions<Thing>> = {},
  prepare?: (api: FakeApi, things: FakeCollection) => void,
): Promise<Setup> {
  const api = await startFakeApi();
  const things = serveCollection(api);
  things.put('a', { color: 'red' });
  things.put('b', { color: 'green' });
  prepare?.(api, things);
  const transport = await connect(api.access, { version: '1', random: () => 0 });
  const changes: string[] = [];
  const errors: string[] = [];
  let heard = 0;
  const reflector = reflect({
    transport,
    path: '/apis/test/v1/things',
    keep: keepThing,
    onChange: (change) => changes.push(sentence(change)),
    onError: (error) => errors.push(error instanceof Error ? error.message : String(error)),
    onHeard: () => {
      heard += 1;
    },
    random: () => 0.5,
    ...options,
    timing: { ...QUICK, ...options.timing },
  });
  await reflector.synced;
  await expect.poll(things.watches).toBe(1);
  return {
    api,
    things,
    reflector,
    changes,
    errors,
    heard: () => heard,
    async [Symbol.asyncDispose]() {
      await reflector.stop();
      transport.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

function sentence(change: ObjectChange<Thing>): string {
  const { name, uid, color } = change.object;
  if (change.type === 'changed') return `changed ${name} ${change.old.color}>${color}`;
  return `${change.type} ${name} ${uid}`;
}

const FIRST = ['added a uid-1', 'added b uid-2'];

describe('a collection', () => {
  it('is listed, then watched from the version of the list, with bookmarks and a time limit', async () => {
    await using t = await setUp({ query: { labelSelector: 'x=y' } });
    expect(t.changes).toEqual(FIRST);
    expect(t.api.seen.map(({ query }) => query)).toEqual([
      { limit: '100', labelSelector: 'x=y' },
      { labelSelector: 'x=y', watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '102', timeoutSeconds: '6' },
    ]);
    expect([...t.reflector.store]).toEqual([
      ['a', { name: 'a', uid: 'uid-1', color: 'red' }],
      ['b', { name: 'b', uid: 'uid-2', color: 'green' }],
    ]);
  });

  it('comes in pages', async () => {
    const many = (_api: FakeApi, things: FakeCollection) => {
      for (let i = 0; i < 240; i += 1) things.put(`n${i}`);
    };
    await using t = await setUp({}, many);
    expect(t.reflector.store.size).toBe(242);
    expect(t.things.lists().map(({ query }) => query.continue)).toEqual([undefined, '100', '200']);
  });

  it('tells each change once', async () => {
    await using t = await setUp();
    t.changes.length = 0;
    t.things.put('c', { color: 'blue' });
    t.things.put('a', { color: 'black' });
    const same = t.things.put('a', { color: 'white' });
    t.things.tell('MODIFIED', same);
    t.things.remove('b');
    t.things.tell('DELETED', { metadata: { name: 'never-there' } });
    t.things.put('d');
    await expect.poll(() => t.changes.at(-1)).toBe('added d uid-4');
    expect(t.changes).toEqual(['added c uid-3', 'changed a red>black', 'changed a black>white', 'removed b uid-2', 'added d uid-4']);
  });

  it('holds only what is of interest, also when that changes', async () => {
    await using t = await setUp();
    t.changes.length = 0;
    t.things.put('a', { hidden: true });
    t.things.put('c', { hidden: true });
    t.things.put('a', { color: 'red' });
    await expect.poll(() => t.changes).toEqual(['removed a uid-1', 'added a uid-1']);
    expect([...t.reflector.store.keys()]).toEqual(['b', 'a']);
  });

  it('goes on though a listener throws', async () => {
    const changes: string[] = [];
    const onChange = (change: ObjectChange<Thing>) => {
      changes.push(sentence(change));
      throw new Error(`cannot bear ${change.object.name}`);
    };
    await using t = await setUp({ onChange });
    t.things.put('c');
    await expect.poll(() => changes).toEqual([...FIRST, 'added c uid-3']);
    expect(t.errors).toEqual(['cannot bear a', 'cannot bear b', 'cannot bear c']);
  });
});

describe('a watch', () => {
  it('that the server ends at its time limit goes on from the last version, also that of a bookmark', async () => {
    await using t = await setUp();
    t.things.put('c');
    t.things.bookmark();
    await expect.poll(t.heard).toBe(3);
    t.things.endWatches('end');
    await expect.poll(() => t.things.watchCalls().length).toBe(2);
    expect(t.things.watchCalls().map(({ query }) => query.resourceVersion)).toEqual(['102', '104']);
    expect({ lists: t.things.lists().length, errors: t.errors }).toEqual({ lists: 1, errors: [] });
  });

  it('that breaks goes on from the last version', async () => {
    await using t = await setUp();
    t.things.endWatches('break');
    await expect.poll(() => t.things.watchCalls().length).toBe(2);
    expect({ lists: t.things.lists().length, errors: t.errors }).toEqual({ lists: 1, errors: ['GET /apis/test/v1/things: aborted'] });
  });

  it('that says nothing, not even a bookmark, goes on from the last version once; then the list is asked for', async () => {
    await using t = await setUp({ timing: { idleMs: 60 } });
    await expect.poll(() => t.things.lists().length, { timeout: 10_000 }).toBe(2);
    const versions = t.things.watchCalls().map(({ query }) => query.resourceVersion);
    expect(versions.slice(0, 2)).toEqual(['102', '102']);
    expect(t.errors).toContain('GET /apis/test/v1/things: no answer within 60 ms');
  });

  it('lives on while bookmarks come', async () => {
    await using t = await setUp({ timing: { idleMs: 300 } });
    const bookmarks = setInterval(t.things.bookmark, 50);
    await expect.poll(t.heard, { timeout: 5_000 }).toBeGreaterThan(14); // twice the idle time and more
    clearInterval(bookmarks);
    expect({ watches: t.things.watchCalls().length, errors: t.errors }).toEqual({ watches: 1, errors: [] });
  });

  const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 102 (200)' };
  const gap: Record<string, (t: Setup) => void> = {
    'an ERROR event of code 410': (t) => t.things.tell('ERROR', gone),
    'another ERROR event': (t) => t.things.tell('ERROR', { ...gone, code: 500, reason: 'InternalError' }),
    'an ERROR event that is no Status': (t) => t.things.tell('ERROR', null),
    'HTTP 410': (t) => {
      t.api.next(isWatch, (response) => sendStatus(response, 410, 'Expired', 'too old resource version'));
      t.things.endWatches('end');
    },
    'HTTP 400': (t) => {
      t.api.next(isWatch, (response) => sendStatus(response, 400, 'BadRequest', 'invalid resource version'));
      t.things.endWatches('end');
    },
    'a line that is no JSON': (t) => {
      t.api.next(isWatch, (response) => void response.writeHead(200).end('<html>'));
      t.things.endWatches('end');
    },
  };
  it.each(Object.entries(gap))('that ends with %s is followed by a list, which tells only what changed meanwhile', async (_name, end) => {
    await using t = await setUp();
    t.changes.length = 0;
    // No watch hears these: they happen in the gap.
    t.api.next(isList, (response, seen) => {
      t.things.remove('b');
      t.things.put('b', { color: 'green' });
      t.things.put('c', { color: 'blue' });
      sendJson(response, 200, t.things.page(seen));
    });
    end(t);
    await expect.poll(() => t.things.lists().length).toBe(2);
    await expect.poll(t.things.watches).toBe(1);
    expect(t.changes).toEqual(['removed b uid-2', 'added b uid-3', 'added c uid-4']);
    expect(t.errors).toHaveLength(1);
  });
});

describe('an object that was deleted and made again under its name', () => {
  it('is another object, also where the watch tells it as a change', async () => {
    await using t = await setUp();
    t.changes.length = 0;
    t.things.tell('MODIFIED', { color: 'pink', metadata: { name: 'a', uid: 'uid-9', resourceVersion: '300' } });
    await expect.poll(() => t.changes).toEqual(['removed a uid-1', 'added a uid-9']);
  });
});

describe('a server in trouble', () => {
  it('that is slow at first is asked again until the list comes', async () => {
    const prepare = (api: FakeApi) => {
      api.next(isList, (response) => sendStatus(response, 500, 'InternalError', 'etcd is away'));
      api.next(isList, (response) => sendStatus(response, 403, 'Forbidden', 'things is forbidden'));
      api.next(isList, breakConnection);
    };
    await using t = await setUp({}, prepare);
    expect(t.errors).toEqual(['GET /apis/test/v1/things: 500 etcd is away', 'GET /apis/test/v1/things: 403 things is forbidden']);
    expect(t.changes).toEqual(FIRST);
  });

  it('that expires a list between two pages is asked for the whole list again', async () => {
    const prepare = (api: FakeApi, things: FakeCollection) => {
      for (let i = 0; i < 120; i += 1) things.put(`n${i}`);
      api.next(
        ({ query }) => query.continue !== undefined,
        (response) => sendStatus(response, 410, 'Expired', 'the provided continue parameter is too old'),
      );
    };
    await using t = await setUp({}, prepare);
    expect(t.reflector.store.size).toBe(122);
    expect(t.things.lists().map(({ query }) => query.continue)).toEqual([undefined, '100', undefined, '100']);
  });

  const hammered: Record<string, Responder> = {
    'refuses every watch': (response) => sendStatus(response, 503, 'ServiceUnavailable', 'starting'),
    'breaks every watch': breakConnection,
    'ends every watch at once': (response) => void response.writeHead(200).end(),
    'answers every watch with 410': (response) => sendStatus(response, 410, 'Expired', 'too old'),
    'ends every watch with an ERROR event': (response) => void response.writeHead(200).end('{"type":"ERROR","object":{"code":410}}\n'),
  };
  it.each(Object.entries(hammered))('that %s is asked after growing pauses, and the store stays', async (_name, responder) => {
    await using t = await setUp({ timing: { workedMs: 60_000, backoff: { baseMs: 40, capMs: 10_000 } } });
    const asked: number[] = [];
    const record: Responder = (response, seen) => {
      asked.push(performance.now());
      responder(response, seen);
    };
    for (let i = 0; i < 4; i += 1) t.api.next(isWatch, record);
    t.things.endWatches('end');
    await expect.poll(() => t.things.watchCalls().length, { timeout: 10_000 }).toBe(6);
    const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(pauses.map((pause, index) => pause >= 39 * 2 ** index)).toEqual([true, true, true]); // half of 80, 160, 320: random is 0.5
    expect(t.reflector.store.size).toBe(2);
    expect(t.changes).toEqual(FIRST);
  });

  it('that wants to be left alone is (429 with Retry-After)', async () => {
    await using t = await setUp({ timing: { backoff: { baseMs: 1, capMs: 1 } } });
    let refused = 0;
    t.api.next(isWatch, (response) => {
      refused = performance.now();
      sendStatus(response, 429, 'TooManyRequests', 'busy', { 'retry-after': '1' });
    });
    t.things.endWatches('end');
    await expect.poll(t.things.watches, { timeout: 5_000 }).toBe(1);
    await expect.poll(() => t.things.watchCalls().length, { timeout: 5_000 }).toBe(3);
    expect(performance.now() - refused).toBeGreaterThanOrEqual(990);
    expect(t.things.lists()).toHaveLength(1);
  });
});

describe('a resync', () => {
  it('asks for the list and delivers everything once more', async () => {
    await using t = await setUp({ timing: { resyncMs: 700 } });
    t.changes.length = 0;
    expect(t.things.watchCalls()[0]?.query.timeoutSeconds).toBe('1');
    const changes = () => {
      t.things.endWatches('end');
      return t.changes;
    };
    await expect.poll(changes, { timeout: 5_000 }).toEqual(['changed a red>red', 'changed b green>green']);
    expect(t.things.lists()).toHaveLength(2);
  });
});

describe('the end', () => {
  it('delivers nothing more and leaves no watch open', async () => {
    const t = await setUp();
    t.changes.length = 0;
    await t.reflector.stop();
    await expect.poll(t.things.watches).toBe(0);
    t.things.put('c');
    expect({ changes: t.changes, errors: t.errors }).toEqual({ changes: [], errors: [] });
    await t[Symbol.asyncDispose]();
  });

  it('comes before the first list: whoever waits for it is told', async () => {
    await using api = await startFakeApi();
    api.otherwise(staySilent);
    const transport = await connect(api.access, { version: '1' });
    const reflector = reflect({ transport, path: '/x', keep: keepThing, onChange: () => {} });
    await expect.poll(() => api.seen.length).toBe(1);
    await reflector.stop();
    await expect(reflector.synced).rejects.toThrow('the watch of /x was stopped before its first list');
    transport.close();
  });
});

describe('the age of the last event', () => {
  it.each([
    ['that lasted: the server ended it at its time, though nothing happened', { timing: { workedMs: 0 } }, 2],
    ['that ended at once: nothing works there', { timing: { workedMs: 60_000 } }, 1],
  ])('counts from the end of a watch %s', async (_sentence, options, heard) => {
    await using t = await setUp(options);
    expect(t.heard()).toBe(1);
    t.things.endWatches('end');
    await expect.poll(() => t.things.watchCalls().length).toBe(2);
    expect(t.heard()).toBe(heard);
  });

  it('does not count from a watch that broke', async () => {
    await using t = await setUp({ timing: { workedMs: 0 } });
    t.things.endWatches('break');
    await expect.poll(() => t.things.watchCalls().length).toBe(2);
    expect(t.heard()).toBe(1);
  });

  it('counts from the last event, bookmark or list', async () => {
    await using t = await setUp();
    await expect.poll(() => t.reflector.lastEventAgeSeconds()).toBeGreaterThan(0.1);
    t.things.bookmark();
    await expect.poll(() => t.reflector.lastEventAgeSeconds(), { interval: 5 }).toBeLessThan(0.1);
  });
});
