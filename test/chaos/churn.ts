import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../cluster/api.ts';
import type { Answer, Call } from '../cluster/client.ts';
import { configMapPath } from '../support/on-server.ts';
import type { Step } from './script.ts';
import { templateText, type Version } from './versions.ts';

/** Clients that take the steps of a script, whatever happens to the cluster: a call without an answer is made again, as kubectl's user would. */
export interface Churn {
  /** Takes the steps up to this one (its place in the script), or until `rest`, and answers when the clients rest. */
  upTo(step: number): Promise<void>;
  /** Begins no further step until `upTo` is called again. */
  rest(): void;
  /** Gives up: what waits for an answer rejects. */
  giveUp(): void;
  /** How many steps are begun. */
  begun(): number;
  readonly counts: ChurnCounts;
  /** When each version of the template was known to be stored, by its number; milliseconds of Date.now(). */
  readonly stored: ReadonlyMap<number, number>;
}

export interface ChurnCounts {
  /** Pods that were let in. */
  admitted: number;
  /** Pods and labels that the gate refused. */
  refused: number;
  /** Calls that brought no answer, or none of the gate. */
  unanswered: number;
}

/** On every object of a run that the verdict asks about: when the call that made it was sent, or the version that it holds. */
export const SENT = 'chaos.test/sent';
export const VERSION = 'chaos.test/version';

const CLIENTS = 16;
/** A client gives up before the API server does (60 s): what it gave up may be stored later. */
const PATIENCE_MS = 8_000;
const REST_MS = 200;

interface World {
  readonly api: Api;
  readonly counts: ChurnCounts;
  readonly stored: Map<number, number>;
  isGivenUp: boolean;
  /** What must have ended before another step can be taken: of a namespace, of the template. */
  readonly after: Map<string, Promise<void>>;
}

/** No step is taken yet. */
export function makeChurn(api: Api, script: readonly Step[]): Churn {
  const world: World = { api, counts: { admitted: 0, refused: 0, unanswered: 0 }, stored: new Map(), isGivenUp: false, after: new Map() };
  let next = 0;
  let end = 0;
  const client = async () => {
    for (;;) {
      const step = script[next];
      if (step === undefined || next >= end) return;
      next += 1;
      await take(world, step);
    }
  };
  return {
    upTo: async (step) => {
      end = step;
      await Promise.all(Array.from({ length: CLIENTS }, client));
    },
    rest: () => {
      end = 0;
    },
    giveUp: () => {
      world.isGivenUp = true;
    },
    begun: () => next,
    counts: world.counts,
    stored: world.stored,
  };
}

/** Steps of one namespace that build on each other wait for each other; the order of all others is that of chance. */
async function take(world: World, step: Step): Promise<void> {
  const key = step.step === 'edit template' ? 'template' : step.namespace;
  const before = world.after.get(key) ?? Promise.resolve();
  const mine = before.then(() => act(world, step));
  if (step.step !== 'make pod') world.after.set(key, mine);
  await mine;
}

const NAMESPACES = '/api/v1/namespaces';

async function act(world: World, step: Step): Promise<void> {
  switch (step.step) {
    case 'make namespace':
      await insist(world, () => ({ method: 'POST', path: NAMESPACES, body: { metadata: { name: step.namespace } } }));
      return void (await insist(world, () => ({
        method: 'POST',
        path: `${NAMESPACES}/${step.namespace}/serviceaccounts`,
        body: { metadata: { name: 'default' } },
      })));
    case 'label namespace':
      return void (await insist(world, () => patch(`${NAMESPACES}/${step.namespace}`, { labels: { team: step.team } })));
    case 'delete namespace':
      return deleteNamespace(world, step.namespace);
    case 'make pod':
      return count(world, await insist(world, () => podCall(step)), 'admitted');
    case 'label pod':
      return count(world, await insist(world, () => relabel(step)));
    case 'delete pod':
      return void (await insist(world, () => ({ method: 'DELETE', path: `${podPath(step)}?gracePeriodSeconds=0` })));
    case 'edit template':
      return editTemplate(world, step.version);
  }
}

function count({ counts }: World, { status }: Answer, admitted?: 'admitted'): void {
  if (status === 403) counts.refused += 1;
  else if (status < 300 && admitted !== undefined) counts[admitted] += 1;
}

const podPath = ({ namespace, pod }: { readonly namespace: string; readonly pod: string }) => `${NAMESPACES}/${namespace}/pods/${pod}`;

function podCall({ namespace, pod, app, port }: Step & { step: 'make pod' }): Call {
  const metadata = { name: pod, labels: { app }, annotations: sentNow() };
  const containers = [{ name: 'main', image: 'main', ports: [{ containerPort: port }] }];
  return { method: 'POST', path: `${NAMESPACES}/${namespace}/pods`, body: { metadata, spec: { containers } } };
}

function relabel(step: Step & { step: 'label pod' }): Call {
  return patch(podPath(step), { labels: { app: step.app }, annotations: sentNow() });
}

const sentNow = () => ({ [SENT]: `${Date.now()}` });
const patch = (path: string, metadata: object): Call => ({ method: 'PATCH', path, body: { metadata } });

/** As the namespace controller does at the end: nobody else is here who would. */
async function deleteNamespace(world: World, name: string): Promise<void> {
  const path = `${NAMESPACES}/${name}`;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } };
  await insist(world, () => ({ method: 'DELETE', path }));
  await insist(world, () => ({ method: 'PUT', path: `${path}/finalize`, body }));
}

/** With the version that was read: a write that was given up and comes later must not take back a newer edit. */
async function editTemplate(world: World, version: Version): Promise<void> {
  const path = configMapPath('portcullis-template');
  const text = JSON.stringify(version);
  for (;;) {
    const { body } = await insist(world, () => ({ method: 'GET', path }));
    if (body.metadata?.annotations?.[VERSION] === text) break;
    const metadata = { resourceVersion: body.metadata?.resourceVersion, annotations: { [VERSION]: text } };
    const change = { metadata, data: { 'template.yaml': templateText(version) } };
    const answer = await insist(world, () => ({ method: 'PATCH', path, body: change }));
    if (answer.status < 300) break;
    if (answer.status !== 409) throw new Error(`version ${version.number} of the template: ${answer.status} ${answer.body.message}`);
  }
  world.stored.set(version.number, Date.now());
}

/** Sends the call until there is an answer that says yes or no. */
async function insist(world: World, call: () => Call): Promise<Answer> {
  for (;;) {
    if (world.isGivenUp) throw new Error('the run is over');
    const answer = await world.api.call({ timeout: PATIENCE_MS, ...call() }).catch(() => undefined);
    if (answer !== undefined && !isPassing(answer)) return answer;
    if (answer === undefined || answer.status >= 500) world.counts.unanswered += 1;
    await pause(REST_MS);
  }
}

/** What another attempt may answer otherwise: no gate or etcd behind the API server, too many calls, a pair that is still to come. */
function isPassing({ status, body }: Answer): boolean {
  return status >= 500 || status === 429 || (status === 403 && /not in place yet|serviceaccount/.test(body.message ?? ''));
}
