/** Who may connect to whom, as a picture needs it. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  /** `n0`, `n1`, ... in the order of the list: safe in every format, whatever the names. */
  readonly id: string;
  /** `pods` stand inside of a namespace, `namespace` is a whole one, `outside`: addresses, the API server, or nobody in particular. */
  readonly kind: 'pods' | 'namespace' | 'outside';
  /** Of pods. */
  readonly namespace?: string;
  readonly label: string;
}

/** Between two nodes there is at most one edge of each kind. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** The ports. */
  readonly label: string;
}

/**
 * `permitted`: as the owner of the policies wants it. `widened`: only because of a policy of somebody else, at pods that Portcullis closed.
 * `open`: no policy is about these pods, so that everything passes.
 */
export type EdgeKind = 'permitted' | 'widened' | 'open';

/** A node by what it stands for; the key orders nodes and is the same for the same thing. */
export interface KeyedNode extends Omit<GraphNode, 'id'> {
  readonly key: string;
}

/** The graph of these nodes and edges, with ids, in an order that does not depend on theirs. */
export function numbered(nodes: readonly KeyedNode[], edges: readonly GraphEdge[]): Graph {
  const sorted = [...nodes].sort((a, b) => (a.key < b.key ? -1 : 1));
  const rank = new Map(sorted.map(({ key }, index) => [key, index]));
  const at = (key: string) => rank.get(key) ?? -1;
  return {
    nodes: sorted.map(({ key: _, ...node }, index) => ({ id: `n${index}`, ...node })),
    edges: [...edges]
      .sort((a, b) => at(a.from) - at(b.from) || at(a.to) - at(b.to) || (a.kind < b.kind ? -1 : 1))
      .map((edge) => ({ ...edge, from: `n${at(edge.from)}`, to: `n${at(edge.to)}` })),
  };
}
