import { findAccess } from '../src/adapters/kube/access.ts';
import { POLICIES } from '../src/adapters/kube/paths.ts';
import { connect } from '../src/adapters/kube/transport.ts';
import { asRecord, textOf } from '../src/core/unknown.ts';
import type { Api } from '../test/cluster/api.ts';

/** One change of a NetworkPolicy as the API server told it. */
export interface PolicyEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly namespace: string;
  readonly name: string;
  readonly spec: unknown;
}

/** A reader of every NetworkPolicy that costs the API server next to nothing, where polling would take from what is measured. */
export interface PolicyWatch {
  /** The moment (of performance.now()) of the first event from now on that this says yes to; it must come within 120 s. */
  when(isIt: (event: PolicyEvent) => boolean): Promise<number>;
  stop(): void;
}

const DEADLINE_MS = 120_000;

/** Events of policies from now on. */
export async function watchPolicies(api: Api): Promise<PolicyWatch> {
  const transport = await connect(await findAccess({ kubeconfig: api.kubeconfig(), env: {} }), { version: 'bench' });
  const stopping = new AbortController();
  const waiting = new Set<(event: PolicyEvent | Error) => void>();
  let resourceVersion = await versionNow(api);
  const follow = async () => {
    // A busy API server ends the watch of a busy reader: it goes on from where it was.
    while (!stopping.signal.aborted) {
      const query = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds: 3_600 };
      for await (const line of transport.stream({ path: POLICIES, query, idleMs: 300_000, signal: stopping.signal })) {
        const event = eventOf(line);
        resourceVersion = textOf(asRecord(asRecord(asRecord(line).object).metadata).resourceVersion) || resourceVersion;
        if (event !== undefined) for (const tell of [...waiting]) tell(event);
      }
    }
  };
  follow().catch((error: Error) => {
    for (const tell of [...waiting]) tell(error); // nobody waits any longer where `stop` was called
  });
  return {
    when: (isIt) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => tell(new Error(`no such change of a NetworkPolicy in ${DEADLINE_MS} ms`)), DEADLINE_MS);
        const tell = (event: PolicyEvent | Error) => {
          if (!(event instanceof Error) && !isIt(event)) return;
          clearTimeout(timer);
          waiting.delete(tell);
          if (event instanceof Error) reject(event);
          else resolve(performance.now());
        };
        waiting.add(tell);
      }),
    stop: () => {
      stopping.abort();
      transport.close();
    },
  };
}

/** Says yes when each of so many namespaces has had so many policies made. */
export function madeIn(namespaces: number, policiesOfEach: number): (event: PolicyEvent) => boolean {
  const made = new Map<string, number>();
  let complete = 0;
  return ({ type, namespace }) => {
    if (type !== 'ADDED') return false;
    made.set(namespace, (made.get(namespace) ?? 0) + 1);
    if (made.get(namespace) === policiesOfEach) complete += 1;
    return complete === namespaces;
  };
}

async function versionNow(api: Api): Promise<string> {
  return (await api.request('GET', `${POLICIES}?limit=1`)).metadata?.resourceVersion ?? '';
}

function eventOf(line: unknown): PolicyEvent | undefined {
  const { type, object } = asRecord(line);
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') return undefined;
  const { metadata, spec } = asRecord(object);
  const { namespace, name } = asRecord(metadata);
  return { type, namespace: textOf(namespace), name: textOf(name), spec };
}
