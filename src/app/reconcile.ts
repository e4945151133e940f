import type { Authority } from '../core/authority.ts';
import type { NamespaceState, PodState } from '../core/cluster-state.ts';
import { GATE_LABEL, GATE_OPEN, SCHEDULING_GATE } from '../core/names.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { type PlanInput, planPair, type Step } from '../core/pair/plan.ts';
import type { Mode } from '../core/template/model.ts';
import type { Announcer, ClusterView, GateWriter, Log, Metrics, PolicyStore } from '../ports.ts';
import type { ObservedPairs } from './observed-pairs.ts';

export interface ReconcileParts {
  authority(): Authority;
  view: ClusterView;
  observed: ObservedPairs;
  store: PolicyStore;
  gates: GateWriter;
  announce: Announcer;
  metrics: Metrics;
  log: Log;
  /** `external`: somebody else applies the policies (GitOps); they are only observed. */
  policies: 'managed' | 'external';
  /** Resolves after so many milliseconds. */
  pause(ms: number): Promise<void>;
  /** Whether other namespaces wait for their turn. */
  othersWait(): boolean;
}

/** What a pass over a namespace found. `conflicts`: names that somebody else's policies have. */
export interface ReconcileResult {
  readonly inPlace: boolean;
  readonly conflicts: readonly string[];
}

/**
 * Brings one namespace to what the template wants, from its current state, whatever happened before: policies first, then the label that
 * spares the mutating call, then the pods that wait. Missing and terminating namespaces are left alone (creating in one fails). Throws
 * where a write fails: the caller tries again later.
 */
export async function reconcileNamespace(name: string, parts: ReconcileParts): Promise<ReconcileResult> {
  const namespace = parts.view.namespace(name);
  if (namespace === undefined || namespace.terminating) return { inPlace: false, conflicts: [] };
  const { mode } = parts.authority().namespace(name);
  const before = planInput(name, mode, parts);
  const steps = parts.policies === 'external' ? [] : planPair(before);
  if (mode === 'enforce' && !parts.observed.inPlace(name)) await closeGate(namespace, parts);
  if (mode !== 'enforce') await openGate(namespace, parts);
  for (const step of steps) await take(step, namespace, parts);
  await watchCaughtUp(steps, before.existing, { ...parts, name });
  const inPlace = mode === 'enforce' && parts.observed.inPlace(name);
  // In a flood the policies of all come first: the label only spares calls, and the watch has asked for another pass.
  if (inPlace && !(steps.length > 0 && parts.othersWait())) await openGate(namespace, parts);
  if (inPlace || mode !== 'enforce') await liftGates(name, parts);
  const conflicts = steps.flatMap((step) => (step.step === 'conflict' ? [step.name] : []));
  if (conflicts.length > 0) announceConflicts(name, conflicts, parts);
  return { inPlace, conflicts };
}

function planInput(name: string, mode: Mode, { observed, view }: ReconcileParts): PlanInput {
  return { mode, wanted: observed.wanted(name), existing: view.policies(name), hasPods: view.pods(name).some(({ running }) => running) };
}

/** How long a pass waits for the watch to tell of its own writes, and how often it looks. */
const CAUGHT_UP_MS = 300;
const LOOK_MS = 5;

/**
 * The watch tells of a write some milliseconds later. A pass that ended before would be followed by one that writes the same again. It is not
 * waited for that all is as wanted: where somebody changes a policy right behind us, that is a matter for the next pass, at once.
 */
async function watchCaughtUp(
  steps: readonly Step[],
  before: readonly NetworkPolicy[],
  { name, view, pause }: Pick<ReconcileParts, 'view' | 'pause'> & { readonly name: string },
): Promise<void> {
  const written = steps.flatMap(writtenName);
  const isTold = (policy: string) => named(policy, view.policies(name)) !== named(policy, before);
  for (let waited = 0; waited < CAUGHT_UP_MS && !written.every(isTold); waited += LOOK_MS) await pause(LOOK_MS);
}

function named(name: string, policies: readonly NetworkPolicy[]): NetworkPolicy | undefined {
  return policies.find(({ metadata }) => metadata.name === name);
}

function writtenName(step: Step): string[] {
  switch (step.step) {
    case 'apply':
      return [step.policy.metadata.name];
    case 'remove':
      return [step.name];
    case 'conflict':
      return [];
  }
}

async function take(step: Step, namespace: NamespaceState, { store, metrics, log }: ReconcileParts): Promise<void> {
  switch (step.step) {
    case 'apply':
      await store.apply(step.policy);
      metrics.record({ event: 'policy written', cause: step.cause });
      log.info('policy written', { namespace: namespace.name, policy: step.policy.metadata.name, cause: step.cause });
      return;
    case 'remove':
      await store.remove(namespace.name, step.name);
      metrics.record({ event: 'policy written', cause: 'removed' });
      log.info('policy removed', { namespace: namespace.name, policy: step.name });
      return;
    case 'conflict':
      return;
  }
}

async function closeGate(namespace: NamespaceState, { gates }: ReconcileParts): Promise<void> {
  if (namespace.labels[GATE_LABEL] !== undefined) await gates.labelGate(namespace.name, false);
}

async function openGate(namespace: NamespaceState, { gates }: ReconcileParts): Promise<void> {
  if (namespace.labels[GATE_LABEL] !== GATE_OPEN) await gates.labelGate(namespace.name, true);
}

async function liftGates(name: string, { view, gates }: ReconcileParts): Promise<void> {
  const waiting = view.pods(name).filter(isWaiting);
  await Promise.all(waiting.map((pod) => gates.liftGate(pod)));
}

function announceConflicts(name: string, conflicts: readonly string[], { announce, view }: ReconcileParts): void {
  const message = `the policies of ${name} cannot be put in place: the name ${conflicts.join(', ')} is taken by a NetworkPolicy that is not Portcullis' (delete or rename it)`;
  announce.namespace(name, 'PolicyConflict', message);
  for (const pod of view.pods(name).filter(isWaiting)) announce.pod(pod, 'PolicyConflict', message);
}

/** Whether the pod waits at our scheduling gate. */
export function isWaiting(pod: PodState): boolean {
  return pod.schedulingGates.includes(SCHEDULING_GATE) && !pod.deleting;
}
