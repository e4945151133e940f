import type { Authority } from '../core/authority.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { appliedOver } from '../core/pair/applied-over.ts';
import type { ClusterFacts } from '../core/pair/peers.ts';
import { planPair, type Step } from '../core/pair/plan.ts';
import { policyPair } from '../core/policy-pair.ts';
import type { PolicyStore } from '../ports.ts';

export interface ApplyInput {
  readonly authority: Authority;
  readonly facts: ClusterFacts;
  readonly namespaces: readonly string[];
  readonly store: PolicyStore;
  /** Whether pods run in the namespace: then what lets through comes before what closes. */
  hasPods(namespace: string): boolean;
  /** Only say what would be done. */
  readonly dryRun: boolean;
}

/** What became of one policy. */
export interface AppliedPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly done: 'created' | 'configured' | 'unchanged' | 'deleted' | 'conflict';
  /** What was there. */
  readonly before?: NetworkPolicy;
  /** What is there now; in a dry run, what would be. */
  readonly after?: NetworkPolicy;
}

/** Brings the namespaces to the template, one after the other, and tells each policy as it is done. Rejects where a write fails. */
export async function* applyPairs(input: ApplyInput): AsyncGenerator<AppliedPolicy> {
  const { authority, facts, store } = input;
  for (const namespace of input.namespaces) {
    const { mode } = authority.namespace(namespace);
    const wanted = policyPair(namespace, authority, facts);
    const existing = await store.list(namespace);
    const steps = planPair({ mode, wanted, existing, hasPods: input.hasPods(namespace) });
    const found = (name: string) => existing.find(({ metadata }) => metadata.name === name);
    for (const step of steps) yield { namespace, name: nameOf(step), ...(await take(step, found(nameOf(step)), input)) };
    const touched = new Set(steps.map(nameOf));
    const unchanged = mode === 'enforce' ? [wanted.block, ...wanted.allow].filter(({ metadata }) => !touched.has(metadata.name)) : [];
    for (const { metadata } of unchanged) {
      yield { namespace, name: metadata.name, done: 'unchanged', ...beside(found(metadata.name), found(metadata.name)) };
    }
  }
}

function nameOf(step: Step): string {
  return step.step === 'apply' ? step.policy.metadata.name : step.name;
}

/** Does the step, in a dry run only in words. */
async function take(
  step: Step,
  there: NetworkPolicy | undefined,
  { store, dryRun }: ApplyInput,
): Promise<Omit<AppliedPolicy, 'namespace' | 'name'>> {
  if (step.step === 'conflict') return { done: 'conflict', ...beside(there, there) };
  if (step.step === 'remove') {
    if (!dryRun && there !== undefined) await store.remove(there.metadata.namespace, step.name);
    return { done: 'deleted', ...beside(there, undefined) };
  }
  const after = dryRun ? appliedOver(step.policy, there) : await store.apply(step.policy);
  return { done: step.cause === 'made' ? 'created' : 'configured', ...beside(there, after) };
}

function beside(before: NetworkPolicy | undefined, after: NetworkPolicy | undefined): Pick<AppliedPolicy, 'before' | 'after'> {
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}
