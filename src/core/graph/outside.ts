import type { PolicyPeer } from '../network-policy.ts';
import { type End, endCovers, endWords } from '../preview/ends.ts';
import type { KeyedNode } from './graph.ts';
import type { Group } from './group.ts';
import { edgesOf, type PortEdge } from './port-edge.ts';
import { EVERY_PORT, type PortSet, portSet } from './port-set.ts';
import { grantPorts, namesPods, type Side, type SideGrant } from './side.ts';

/** Whom policies let in or out without naming pods. */
type Outside = Exclude<End, { readonly kind: 'pods' }> | { readonly kind: 'every pod' };

/** An edge of a workload with one who is no pod in particular, and who that is. */
export interface OutsideEdge {
  readonly edge: PortEdge;
  readonly outside: KeyedNode;
}

/** What the policies let through between the pods of a workload and addresses, every pod of the cluster, or anybody. */
export function outsideEdges(group: Group, apiServer: readonly string[]): OutsideEdge[] {
  return (['leaves', 'enters'] as const).flatMap((direction) => {
    const [side, ours] = [group[direction], group.ours[direction]];
    const receiver = direction === 'enters' ? group.pod : undefined;
    if (side.open)
      return withOutside({ direction, group, outside: { kind: 'anywhere' }, apiServer }, (ends) => [
        { ...ends, kind: 'open', ports: EVERY_PORT },
      ]);
    const met = new Map(side.grants.flatMap(outsideOf).map((outside) => [wordsOf(outside), outside]));
    const portsOf = ({ grants }: Side, isMeant: (one: Outside) => boolean): PortSet =>
      portSet(grants.filter((grant) => outsideOf(grant).some(isMeant)).flatMap((grant) => grantPorts(grant, receiver)));
    return [...met.values()].flatMap((outside) => {
      const ports = portsOf(side, (one) => wordsOf(one) === wordsOf(outside));
      const byOurs = ours.open ? EVERY_PORT : portsOf(ours, (one) => covers(one, outside));
      return withOutside({ direction, group, outside, apiServer }, (ends) => edgesOf(ends, ports, byOurs));
    });
  });
}

interface Met {
  readonly direction: 'leaves' | 'enters';
  readonly group: Group;
  readonly outside: Outside;
  readonly apiServer: readonly string[];
}

function withOutside(
  { direction, group, outside, apiServer }: Met,
  edges: (ends: Pick<PortEdge, 'from' | 'to'>) => PortEdge[],
): OutsideEdge[] {
  const node = nodeOf(outside, direction, apiServer);
  const ends = direction === 'enters' ? { from: node.key, to: group.key } : { from: group.key, to: node.key };
  return edges(ends).map((edge) => ({ edge, outside: node }));
}

function outsideOf(grant: SideGrant): Outside[] {
  if (namesPods(grant)) return [];
  return [grant.peer === undefined ? { kind: 'anywhere' } : fromPeer(grant.peer)];
}

function fromPeer({ ipBlock }: PolicyPeer): Outside {
  return ipBlock === undefined ? { kind: 'every pod' } : { kind: 'block', cidr: ipBlock.cidr, except: ipBlock.except ?? [] };
}

function covers(wide: Outside, narrow: Outside): boolean {
  if (wide.kind === 'every pod' || narrow.kind === 'every pod') return wide.kind === 'anywhere' || wide.kind === narrow.kind;
  return endCovers(wide, narrow);
}

/** Callers and receivers are two nodes, so that a picture reads from left to right. */
function nodeOf(outside: Outside, direction: Met['direction'], apiServer: readonly string[]): KeyedNode {
  const words = wordsOf(outside);
  const isApiServer =
    outside.kind === 'block' && apiServer.some((address) => outside.cidr === `${address}/${address.includes(':') ? 128 : 32}`);
  return { key: `2 ${words} ${direction}`, kind: 'outside', label: isApiServer ? `API server ${words}` : words };
}

function wordsOf(outside: Outside): string {
  return outside.kind === 'every pod' ? 'every pod of the cluster' : endWords(outside);
}
