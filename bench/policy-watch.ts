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
  /** The moment (of performance.now()) of the first event from now on that this says yes to; it must come within 120 s unless given. */
  when(isIt: (event: PolicyEvent) => boolean, deadlineMs?: number): Promise<number>;
  stop(): void;
}

const DEADLINE_MS = 120_000;

/** Events of policies from now on. */
export async function watchPolicies(api: Api): Promise<PolicyWatch> {
  const transport = await connect(await findAccess({ kubeconfig: api.kubeconfig(), env: {} }), { version: 'bench' });
  const stopping = new AbortController();
  const waiting = new Set<(event: PolicyEvent) => void>();
  const query = { watch: true, allowWatchBookmarks: true, resourceVersion: await versionNow(api), timeoutSeconds: 3_600 };
  const follow = async () => {
    for await (const line of transport.stream({ path: POLICIES, query, idleMs: 300_000, signal: stopping.signal })) {
      const event = eventOf(line);
      if (event !== undefined) for (const tell of [...waiting]) tell(event);
    }
  };
  follow().catch(() => {}); // ended by `stop`; otherwise whoever waits runs into the deadline
  return {
    when: (isIt, deadlineMs = DEADLINE_MS) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no such change of a NetworkPolicy in ${deadlineMs} ms`)), deadlineMs);
        const tell = (event: PolicyEvent) => {
          if (!isIt(event)) return;
          clearTimeout(timer);
          waiting.delete(tell);
          resolve(performance.now());
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
