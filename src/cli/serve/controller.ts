import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { kubeAnnouncer } from '../../adapters/kube/events.ts';
import { kubeGateWriter } from '../../adapters/kube/gates.ts';
import { isUnavailable } from '../../adapters/kube/kube-error.ts';
import { kubePolicyStore } from '../../adapters/kube/policy-store.ts';
import { type Controller, makeController } from '../../app/controller.ts';
import { isWaiting, type ReconcileParts, reconcileNamespace } from '../../app/reconcile.ts';
import { statusOf } from '../../app/status.ts';
import type { TemplateState } from '../../app/template-state.ts';
import { makeWorkQueue } from '../../app/work-queue.ts';
import type { Authority } from '../../core/authority.ts';
import type { Backoff } from '../../core/backoff.ts';
import { formatIssue } from '../../core/document.ts';
import type { Announcer, SocketWatch, Stop } from '../../ports.ts';
import { startConsequences } from './consequences.ts';
import { CLOCK } from './gate.ts';
import type { ClusterParts } from './parts.ts';
import { offerPods, scannedController } from './scanned-controller.ts';
import { type ServeScans, startScans } from './scans.ts';
import { stateWriters } from './state-writers.ts';

/** Namespaces that are worked on at the same time. Most of them wait: for an answer, or for the watch to tell of a write. */
const PARALLELISM = 64;
/** A namespace that cannot be brought to the template by its own fault is tried less and less; after an outage all are tried again soon. */
const BACKOFF: Backoff = { baseMs: 50, capMs: 30_000 };
const OUTAGE_BACKOFF: Backoff = { baseMs: 50, capMs: 3_000 };
/** Every namespace is looked at again, whatever was heard or missed. */
const RESYNC_MS = 10 * 60_000;
const COUNT_MS = 5_000;
/** Namespaces of which it is remembered that their wait was counted. */
const REMEMBERED = 20_000;

export interface RunningController {
  readonly controller: Controller;
  /** Told of the template's state: it is written down, and people are told. */
  settled(state: TemplateState): void;
  /** Looks at every namespace for the first time. */
  begin(): void;
  readonly stop: Stop;
}

/** The controller over the caches of a cluster. `extra`: who looks into pods, and who else is told of what is found. */
export async function startController(
  parts: ClusterParts,
  searchPath: string,
  extra: Pick<ServeScans, 'sockets' | 'listeners'> = {},
): Promise<RunningController> {
  const { transport, log, keeper, watch } = parts;
  const announce = kubeAnnouncer(transport, {
    instance: hostname(),
    ownNamespace: parts.options.namespace,
    clock: CLOCK,
    failed: (error) => log.warn('an Event could not be written', { error: asError(error) }),
  });
  const conflicts = new Map<string, readonly string[]>();
  const writers = stateWriters(parts);
  const writeStatus = () => writers.status.write(statusOf(keeper.state(), conflicts, consequences.proven()));
  const agents = agentsOf(parts, extra);
  const consequences = startConsequences({ ...parts, announce, agents, changed: () => writeStatus() });
  const settled = (state: TemplateState) => {
    writers.accepted.write(state.accepted.map(({ group }) => group));
    writeStatus();
    for (const { name, issues } of state.refused) announce.template(name, 'TemplateRefused', refusal(issues.map(formatIssue)));
  };
  const reconcile = { ...reconcileParts(parts, announce), othersWait: () => queue.size() > PARALLELISM };
  const since = { startedAt: CLOCK.now(), noted: new Set<string>() };
  const queue = makeWorkQueue({
    parallelism: PARALLELISM,
    backoff: (error) => (isUnavailable(error) ? OUTAGE_BACKOFF : BACKOFF),
    failed: (namespace, error, { failures, delayMs }) =>
      workFailed({ ...parts, announce }, { namespace, error: asError(error), failures, delayMs }),
    work: async (name) => {
      if (keeper.authority() === undefined) return;
      const result = await reconcileNamespace(name, reconcile);
      if (noteConflicts(conflicts, name, result.conflicts)) writeStatus();
      if (result.inPlace) noteInPlace(name, parts, since);
    },
  });
  const listeners = [...(extra.listeners ?? []), ...consequences.listeners];
  const scanParts = { ...reconcile, ...extra, listeners, authority: keeper.authority };
  const scans = await startScans(parts.options, searchPath, scanParts).catch(async (error: unknown) => {
    await consequences.stop();
    throw error;
  });
  const controller = scannedController(makeController({ ...reconcile, queue }), scans, watch.view);
  const timers = [
    setInterval(controller.resync, RESYNC_MS),
    setInterval(() => parts.metrics.record({ event: 'pods gated', count: waitingPods(parts) }), COUNT_MS),
  ];
  return {
    controller,
    settled,
    begin: () => {
      settled(keeper.state());
      for (const { name } of watch.view.namespaces()) queue.add(name);
      offerPods(watch.view, scans);
    },
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await scans?.stop();
      await consequences.stop();
      await queue.stop();
      await writers.stop();
    },
  };
}

function reconcileParts(parts: ClusterParts, announce: Announcer): Omit<ReconcileParts, 'othersWait'> {
  const { transport, keeper, watch, observed, metrics, log, options } = parts;
  return {
    authority: () => keeper.authority() ?? missingTemplate(),
    view: watch.view,
    observed,
    store: kubePolicyStore(transport),
    gates: kubeGateWriter(transport),
    announce,
    metrics,
    log,
    policies: options.policies === 'external' ? 'external' : 'managed',
    pause: (ms) => pause(ms),
  };
}

/** Where no scan asks the agents, nothing is known of them. */
function agentsOf({ options }: ClusterParts, { sockets }: Pick<ServeScans, 'sockets'>): SocketWatch['nodes'] | undefined {
  return options.engine !== 'off' && sockets !== undefined && 'nodes' in sockets ? sockets.nodes : undefined;
}

function missingTemplate(): Authority {
  throw new Error('no template was ever accepted');
}

interface Failure {
  readonly namespace: string;
  readonly error: Error;
  readonly failures: number;
  readonly delayMs: number;
}

/** The first failure may be a conflict that the next pass resolves; a lasting one is told to the people who wait. */
function workFailed(
  { metrics, log, watch, announce }: ClusterParts & { announce: Announcer },
  { namespace, error, failures, delayMs }: Failure,
): void {
  metrics.record({ event: 'reconcile failed', reason: 'reason' in error ? String(error.reason) : error.name });
  log.warn('a namespace could not be brought to the template', { namespace, error, failures, delayMs });
  if (failures < 3) return;
  const message = `the policies of ${namespace} are not in place: ${error.message}`;
  announce.namespace(namespace, 'PolicyFailed', message);
  for (const pod of watch.view.pods(namespace).filter(isWaiting)) announce.pod(pod, 'PolicyFailed', message);
}

/** Whether the conflicts of the namespace are others than before. */
function noteConflicts(known: Map<string, readonly string[]>, namespace: string, now: readonly string[]): boolean {
  const before = known.get(namespace) ?? [];
  if (now.length > 0) known.set(namespace, now);
  else known.delete(namespace);
  return before.join() !== now.join();
}

/** How long a namespace that was made under our eyes waited for its pair; once a namespace. */
function noteInPlace(name: string, { watch, metrics }: ClusterParts, { startedAt, noted }: { startedAt: Date; noted: Set<string> }): void {
  const namespace = watch.view.namespace(name);
  if (namespace === undefined || namespace.created < startedAt || noted.has(namespace.uid)) return;
  if (noted.size >= REMEMBERED) noted.clear();
  noted.add(namespace.uid);
  metrics.record({ event: 'pair in place', seconds: Math.max(0, (CLOCK.now().getTime() - namespace.created.getTime()) / 1000) });
}

function waitingPods({ watch }: ClusterParts): number {
  return watch.view.namespaces().reduce((sum, { name }) => sum + watch.view.pods(name).filter(isWaiting).length, 0);
}

function refusal(issues: readonly string[]): string {
  return `the template is refused, the last good one stays in force: ${issues.join('; ')}`.slice(0, 1000);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
