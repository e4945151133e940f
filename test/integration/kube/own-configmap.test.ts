import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type OwnConfigMap, ownConfigMap } from '../../../src/adapters/kube/own-configmap.ts';
import { UNHEARD } from '../../../src/adapters/kube/reflector.ts';
import type { KubeTransport } from '../../../src/adapters/kube/transport.ts';

/** What the API server does next: the watch tells, or a write is begun or gets its answer. */
type Step =
  | { readonly watch: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly version: string; readonly a: string }
  | { readonly begin: string }
  | { readonly answer: string }
  | 'failure';

const begin = (a: string): Step => ({ begin: a });
const answer = (version: string): Step => ({ answer: version });
const watch = (type: 'ADDED' | 'MODIFIED' | 'DELETED', version: string, a: string): Step => ({ watch: type, version, a });
/** A write of which nothing else happens meanwhile. */
const written = (version: string, a: string): Step[] => [begin(a), answer(version), watch('MODIFIED', version, a)];

const objectOf = (version: string, a: string) => ({
  metadata: { namespace: 'n', name: 'c', uid: 'u', resourceVersion: version },
  data: { a },
});

/** Takes the steps one after the other; answers what was told of others. */
async function toldAfter(steps: readonly Step[]): Promise<readonly string[]> {
  const told: string[] = [];
  const server = scripted();
  const own = ownConfigMap(server.transport, { namespace: 'n', name: 'c' }, UNHEARD);
  const stop = own.watch((how) => told.push(how));
  await turn();
  for (const step of steps) {
    await take(step, own, server);
    await turn();
  }
  server.end();
  await stop();
  return told;
}

async function take(step: Step, own: OwnConfigMap, server: ReturnType<typeof scripted>): Promise<void> {
  if (step === 'failure') server.fail();
  else if ('begin' in step) server.begun(step.begin, own.write({ data: { a: step.begin } }));
  else if ('answer' in step) server.answer(step.answer);
  else server.tell({ type: step.watch, object: objectOf(step.version, step.a) });
}

/** A transport whose list is empty, whose watch tells what it is given, and whose writes are answered when it is said. */
function scripted() {
  const lines: unknown[] = [];
  let wake = () => {};
  let isOver = false;
  let content = '';
  let settle: { resolve: (object: object) => void; reject: (error: Error) => void } | undefined;
  const transport: KubeTransport = {
    server: 'https://127.0.0.1:1',
    request: async ({ method }) =>
      method === 'GET'
        ? { metadata: { resourceVersion: '1' }, items: [] }
        : new Promise((resolve, reject) => {
            settle = { resolve, reject };
          }),
    async *stream() {
      while (!isOver) {
        for (const line of lines.splice(0)) yield line;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    close() {},
  };
  return {
    transport,
    begun(a: string, write: Promise<void>) {
      content = a;
      write.catch(() => {}); // who writes is told; here only the watch counts
    },
    answer: (version: string) => settle?.resolve(objectOf(version, content)),
    fail: () => settle?.reject(new Error('nobody knows')),
    tell(line: unknown) {
      lines.push(line);
      wake();
    },
    end() {
      isOver = true;
      wake();
    },
  };
}

describe('what others do to a ConfigMap of our own', () => {
  const cases: Record<string, { steps: readonly Step[]; told: readonly string[] }> = {
    'is an edit': { steps: [...written('2', 'ours'), watch('MODIFIED', '3', 'theirs')], told: ['changed'] },
    'is a deletion': { steps: [...written('2', 'ours'), watch('DELETED', '3', 'ours')], told: ['deleted'] },
    'is another of that name': {
      steps: [...written('2', 'ours'), watch('DELETED', '3', 'ours'), watch('ADDED', '4', 'theirs')],
      told: ['deleted', 'changed'],
    },
    'is an edit that brings back what we wrote before': {
      steps: [...written('2', 'old'), ...written('3', 'new'), watch('MODIFIED', '4', 'old')],
      told: ['changed'],
    },
    'is an edit that came after our write and is heard of before its answer': {
      steps: [...written('2', 'old'), begin('new'), watch('MODIFIED', '4', 'theirs'), answer('3')],
      told: ['changed'],
    },
    'is an edit at a version of more digits': { steps: [...written('99', 'ours'), watch('MODIFIED', '100', 'theirs')], told: ['changed'] },
    'is no edit before we wrote': { steps: [watch('ADDED', '2', 'theirs'), begin('ours'), answer('3')], told: [] },
    'is no edit where it leaves the content': { steps: [...written('2', 'ours'), watch('MODIFIED', '3', 'ours')], told: [] },
    'is not our own write, heard of before its answer': {
      steps: [...written('2', 'old'), begin('new'), watch('MODIFIED', '3', 'new'), answer('3')],
      told: [],
    },
    'is not our own write, heard of after the answer of the next': {
      steps: [begin('one'), answer('9'), begin('two'), answer('10'), watch('ADDED', '9', 'one'), watch('MODIFIED', '10', 'two')],
      told: [],
    },
    'is nothing where our write was after it': {
      steps: [...written('2', 'old'), begin('new'), watch('MODIFIED', '3', 'theirs'), answer('4'), watch('MODIFIED', '4', 'new')],
      told: [],
    },
    'is nothing where our write made it again': {
      steps: [...written('2', 'old'), begin('new'), watch('DELETED', '3', 'old'), watch('ADDED', '4', 'new'), answer('4')],
      told: [],
    },
    'is not looked at while nobody knows what came of a write': {
      steps: [...written('2', 'old'), begin('new'), 'failure', watch('MODIFIED', '3', 'new'), begin('new'), answer('3')],
      told: [],
    },
  };
  it.each(Object.entries(cases))('%s', async (_sentence, { steps, told }) => {
    expect(await toldAfter(steps)).toEqual(told);
  });
});
