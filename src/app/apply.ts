import type { Authority } from '../core/authority.ts';
import type { ClusterFacts } from '../core/pair/peers.ts';
import { planPair } from '../core/pair/plan.ts';
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
}

/** Brings the namespaces to the template, one after the other, and tells each policy as it is done. Rejects where a write fails. */
export async function* applyPairs(input: ApplyInput): AsyncGenerator<AppliedPolicy> {
  const { authority, facts, store } = input;
  for (const namespace of input.namespaces) {
    const { mode } = authority.namespace(namespace);
    const wanted = policyPair(namespace, authority, facts);
    const steps = planPair({ mode, wanted, existing: await store.list(namespace), hasPods: input.hasPods(namespace) });
    const touched = new Set(steps.map((step) => (step.step === 'apply' ? step.policy.metadata.name : step.name)));
    for (const step of steps) {
      if (step.step === 'conflict') {
        yield { namespace, name: step.name, done: 'conflict' };
      } else if (step.step === 'remove') {
        if (!input.dryRun) await store.remove(namespace, step.name);
        yield { namespace, name: step.name, done: 'deleted' };
      } else {
        if (!input.dryRun) await store.apply(step.policy);
        yield { namespace, name: step.policy.metadata.name, done: step.cause === 'made' ? 'created' : 'configured' };
      }
    }
    const unchanged = mode === 'enforce' ? [wanted.block, ...wanted.allow].filter(({ metadata }) => !touched.has(metadata.name)) : [];
    for (const { metadata } of unchanged) yield { namespace, name: metadata.name, done: 'unchanged' };
  }
}
