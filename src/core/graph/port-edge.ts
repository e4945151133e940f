import type { EdgeKind, GraphEdge } from './graph.ts';
import { type PortSet, portSet, portSetWords, without } from './port-set.ts';

/** An edge between the keys of two nodes, with its ports. */
export interface PortEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  readonly ports: PortSet;
}

/** The ports between two ends as edges: what holds by our policies alone too, and what is there only because of somebody else's. */
export function edgesOf(ends: Pick<PortEdge, 'from' | 'to'>, ports: PortSet, byOurs: PortSet): PortEdge[] {
  const widened = without(ports, byOurs);
  const edges: PortEdge[] = [
    { ...ends, kind: 'permitted', ports: without(ports, widened) },
    { ...ends, kind: 'widened', ports: widened },
  ];
  return edges.filter((edge) => edge.ports.length > 0);
}

/** One edge of each kind between two nodes. */
export function joinedEdges(edges: readonly PortEdge[]): PortEdge[] {
  const byEnds = new Map<string, PortEdge>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.from, edge.to, edge.kind]);
    byEnds.set(key, { ...edge, ports: portSet([...(byEnds.get(key)?.ports ?? []), ...edge.ports]) });
  }
  return [...byEnds.values()];
}

/** With the ports in words; its ends are still keys. */
export function worded({ ports, ...edge }: PortEdge): GraphEdge {
  return { ...edge, label: portSetWords(ports) };
}
