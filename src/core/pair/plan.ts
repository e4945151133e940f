import type { NetworkPolicy } from '../network-policy.ts';
import type { PolicyPair } from '../policy-pair.ts';
import { sameSpec } from '../policy-spec.ts';
import type { Mode } from '../template/model.ts';
import { isLabeled, isOurs } from './metadata.ts';

/** One write, or a reason why one cannot be made. Done in order. */
export type Step =
  | { readonly step: 'apply'; readonly policy: NetworkPolicy; readonly cause: 'made' | 'changed' }
  | { readonly step: 'remove'; readonly name: string }
  /** A policy of ours would need this name, and somebody else's has it: it is reported and left alone (case 16). */
  | { readonly step: 'conflict'; readonly name: string };

export interface PlanInput {
  readonly mode: Mode;
  readonly wanted: PolicyPair;
  /** Every policy of the namespace, ours and others. */
  readonly existing: readonly NetworkPolicy[];
  /** Pods that may be talking: then what lets through comes before what closes, so that nothing is cut. */
  readonly hasPods: boolean;
}

/**
 * The steps from what is there to what is wanted, none where nothing is to do.
 * Enforce: in a namespace with pods allow first and block second, else block first; a changed name has its new object before the old one
 * goes. Audit and off: ours are removed, block first, so that at no moment more is closed than before.
 */
export function planPair(input: PlanInput): Step[] {
  return input.mode === 'enforce' ? closing(input) : opening(input);
}

/** Whether the pair is in place: every wanted policy exists, is ours and says what it should. */
export function pairInPlace(wanted: PolicyPair, existing: readonly NetworkPolicy[]): boolean {
  return [wanted.block, ...wanted.allow].every((policy) => {
    const there = existing.find(({ metadata }) => metadata.name === policy.metadata.name);
    return there !== undefined && there.metadata.deletionTimestamp === undefined && isAsWanted(there, policy);
  });
}

function closing({ wanted, existing, hasPods }: PlanInput): Step[] {
  const order = hasPods ? [...wanted.allow, wanted.block] : [wanted.block, ...wanted.allow];
  const names = new Set(order.map(({ metadata }) => metadata.name));
  const orphans = existing.filter((policy) => isOurs(policy) && !names.has(policy.metadata.name));
  return [...order.flatMap((policy) => applyStep(policy, existing)), ...orphans.map(removal)];
}

function applyStep(policy: NetworkPolicy, existing: readonly NetworkPolicy[]): Step[] {
  const there = existing.find(({ metadata }) => metadata.name === policy.metadata.name);
  if (there === undefined) return [{ step: 'apply', policy, cause: 'made' }];
  if (!isOurs(there)) return [{ step: 'conflict', name: policy.metadata.name }];
  return isAsWanted(there, policy) ? [] : [{ step: 'apply', policy, cause: 'changed' }];
}

function isAsWanted(there: NetworkPolicy, policy: NetworkPolicy): boolean {
  return isLabeled(there) && sameSpec(there.spec, policy.spec);
}

function opening({ wanted, existing }: PlanInput): Step[] {
  const ours = existing.filter(isOurs);
  const blocks = ours.filter(({ metadata }) => metadata.name === wanted.block.metadata.name);
  return [...blocks, ...ours.filter((policy) => !blocks.includes(policy))].map(removal);
}

function removal(policy: NetworkPolicy): Step {
  return { step: 'remove', name: policy.metadata.name };
}
