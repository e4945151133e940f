import type { Authority } from '../authority.ts';
import { grouped } from '../grouped.ts';
import { connectionsOf } from '../pair/connections.ts';
import type { ClusterFacts } from '../pair/peers.ts';
import { formatRange, type PortRange } from '../port.ts';
import { type End, endCovers, endsOf, endWords } from './ends.ts';

/** Connections that a template permits. */
export interface Opening {
  readonly from: End;
  readonly to: End;
  readonly range: PortRange;
}

/** What the second template permits and the first one does not, port by port, whatever the words of the rules. */
export function openedBetween(before: readonly Opening[], after: readonly Opening[]): Opening[] {
  const known = new Set(before.map(openingWords));
  const byReceiver = grouped(before, ({ to }) => receiverKey(to));
  return after
    .filter((opening) => !known.has(openingWords(opening)))
    .flatMap((opening) => {
      const near = [...(byReceiver.get(receiverKey(opening.to)) ?? []), ...(byReceiver.get('') ?? [])];
      const covering = near.filter(({ from, to }) => endCovers(from, opening.from) && endCovers(to, opening.to));
      return uncovered(
        opening.range,
        covering.map(({ range }) => range),
      ).map((range) => ({ ...opening, range }));
    });
}

/** `8080/TCP from web app=front to shop app=api`. */
export function openingWords({ from, to, range }: Opening): string {
  return `${formatRange(range)} from ${endWords(from)} to ${endWords(to)}`;
}

/** Everything that rules permit at the pods of these namespaces, each connection once, though it has two ends. */
export function openingsOf(namespaces: readonly string[], authority: Authority, facts: ClusterFacts): Opening[] {
  const all = namespaces.flatMap((name) =>
    connectionsOf(name, authority, facts).flatMap(({ direction, pods, peers, ports, rule }) => {
      if (rule === undefined) return [];
      const self: End = { kind: 'pods', namespace: name, pods };
      const others: readonly End[] = peers === 'anywhere' ? [{ kind: 'anywhere' }] : peers.flatMap((peer) => endsOf(peer, name));
      return others.flatMap((other) =>
        ports.map((range): Opening => (direction === 'ingress' ? { from: other, to: self, range } : { from: self, to: other, range })),
      );
    }),
  );
  return [...new Map(all.map((opening) => [openingWords(opening), opening])).values()];
}

/** Only what ends in the same namespace, or at addresses, can cover an opening. */
function receiverKey(to: End): string {
  return to.kind === 'pods' ? to.namespace : '';
}

/** What is left of a range. */
function uncovered(range: PortRange, covering: readonly PortRange[]): PortRange[] {
  const same = covering.filter(({ protocol }) => protocol === range.protocol);
  return same.reduce<PortRange[]>(
    (left, cover) =>
      left.flatMap((part) => {
        if (cover.to < part.from || part.to < cover.from) return [part];
        return [
          ...(part.from < cover.from ? [{ ...part, to: cover.from - 1 }] : []),
          ...(cover.to < part.to ? [{ ...part, from: cover.to + 1 }] : []),
        ];
      }),
    [range],
  );
}
