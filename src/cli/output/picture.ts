import type { EdgeKind, Graph } from '../../core/graph/graph.ts';

/** A graph as people see it, in whatever format. */
export interface Picture {
  readonly title: string;
  readonly graph: Graph;
}

/** What an edge of each kind says. */
export const EDGE_WORDS: Readonly<Record<EdgeKind, string>> = {
  permitted: 'permitted',
  widened: 'opened by a policy of somebody else',
  open: 'no policy: everything passes',
};

/** The kinds that a legend explains: none where all are alike. */
export function legendOf({ edges }: Graph): EdgeKind[] {
  const kinds = (['permitted', 'widened', 'open'] as const).filter((kind) => edges.some((edge) => edge.kind === kind));
  return kinds.length === 1 && kinds[0] === 'permitted' ? [] : kinds;
}

/** The namespaces of a graph, with the nodes inside of each. */
export function byNamespace({ nodes }: Graph): { readonly name: string; readonly inside: Graph['nodes'] }[] {
  const names = [...new Set(nodes.flatMap(({ namespace }) => namespace ?? []))];
  return names.map((name) => ({ name, inside: nodes.filter(({ namespace }) => namespace === name) }));
}
