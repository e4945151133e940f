import { isStrictlyInside, readCidr } from '../cidr.ts';
import { podsWords } from '../explain/words.ts';
import { NAMESPACE_NAME_LABEL } from '../names.ts';
import type { PolicyPeer } from '../network-policy.ts';
import { canonicalSelector, EVERYTHING, type LabelSelector } from '../selector.ts';

/** One end of a permitted connection: pods of one namespace, a block of addresses, or anybody. */
export type End =
  | { readonly kind: 'pods'; readonly namespace: string; readonly pods: LabelSelector }
  | { readonly kind: 'block'; readonly cidr: string; readonly except: readonly string[] }
  | { readonly kind: 'anywhere' };

/** The ends that a peer of one of our policies means, each namespace by itself. */
export function endsOf({ podSelector, namespaceSelector, ipBlock }: PolicyPeer, own: string): End[] {
  if (ipBlock !== undefined) return [{ kind: 'block', cidr: ipBlock.cidr, except: ipBlock.except ?? [] }];
  const named = namespaceSelector?.matchLabels?.[NAMESPACE_NAME_LABEL];
  const listed = namespaceSelector?.matchExpressions?.find(({ key }) => key === NAMESPACE_NAME_LABEL)?.values;
  const names = named !== undefined ? [named] : (listed ?? [own]);
  return names.map((namespace) => ({ kind: 'pods', namespace, pods: podSelector ?? EVERYTHING }));
}

/** `shop app=api`, `every pod of shop`, `10.0.0.0/8 except 10.9.0.0/16`, `anywhere`. */
export function endWords(end: End): string {
  if (end.kind === 'pods') return podsWords(end.namespace, end.pods);
  if (end.kind === 'anywhere') return end.kind;
  return end.except.length === 0 ? end.cidr : `${end.cidr} except ${end.except.join(', ')}`;
}

/** Whether everybody whom the second end means is meant by the first one as well, as far as their words show it. */
export function endCovers(wide: End, narrow: End): boolean {
  if (wide.kind === 'anywhere') return true;
  if (wide.kind === 'pods') return narrow.kind === 'pods' && wide.namespace === narrow.namespace && selectorCovers(wide.pods, narrow.pods);
  if (narrow.kind !== 'block') return false;
  if (wide.cidr === narrow.cidr) return wide.except.every((block) => narrow.except.includes(block));
  const [outer, inner] = [readCidr(wide.cidr), readCidr(narrow.cidr)];
  return wide.except.length === 0 && !('problem' in outer) && !('problem' in inner) && isStrictlyInside(inner, outer);
}

/** A selector that asks for less means more. */
function selectorCovers(wide: LabelSelector, narrow: LabelSelector): boolean {
  const [few, many] = [canonicalSelector(wide), canonicalSelector(narrow)];
  const expressions = (many.matchExpressions ?? []).map((expression) => JSON.stringify(expression));
  return (
    Object.entries(few.matchLabels ?? {}).every(([key, value]) => many.matchLabels?.[key] === value) &&
    (few.matchExpressions ?? []).every((expression) => expressions.includes(JSON.stringify(expression)))
  );
}
