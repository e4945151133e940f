import type { Authority } from '../core/authority.ts';
import { type PolicyPair, policyPair } from '../core/policy-pair.ts';
import type { Peer } from '../core/template/model.ts';

/** The pair of one namespace, or why there is none. */
export type Generated =
  | { readonly namespace: string; readonly mode: 'enforce' | 'audit'; readonly pair: PolicyPair; readonly dropped: readonly string[] }
  | { readonly namespace: string; readonly reason: string };

export interface GenerateInput {
  readonly authority: Authority;
  /** The namespaces to generate for; empty: every one that the template lists by its exact name. A pattern names nobody by itself. */
  readonly namespaces: readonly string[];
  /** Addresses of the API server; without a cluster nobody knows them but who asks. */
  readonly apiServer: readonly string[];
}

/** What the pairs of these namespaces are, sorted by name. Pattern peers mean those namespaces of the template and the input that they match. */
export function generatePairs({ authority, namespaces, apiServer }: GenerateInput): Generated[] {
  const exact = authority.template.namespaces.flatMap(({ name }) => (name.endsWith('*') ? [] : [name]));
  const facts = { namespaces: [...new Set([...exact, ...namespaces])], apiServer };
  const wanted = namespaces.length === 0 ? exact : namespaces;
  return [...new Set(wanted)].sort().map((namespace) => {
    const { mode, exempt, entry, origin } = authority.namespace(namespace);
    if (exempt) return { namespace, reason: 'is exempt' };
    if (mode === 'off') return { namespace, reason: `is off (${origin})` };
    const rules = apiServer.length === 0 ? (entry?.rules ?? []).filter(({ peers }) => peers.some(isApiServer)) : [];
    const dropped = rules.map(({ name, place }) => name ?? `${place.document}:${place.line}`);
    return { namespace, mode, pair: policyPair(namespace, authority, facts), dropped };
  });
}

function isApiServer({ kind }: Peer): boolean {
  return kind === 'apiServer';
}
