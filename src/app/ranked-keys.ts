/** Keys that wait in ranks: rank 0 goes first, within a rank who came first. A key waits once, in the best rank that it was given. */
export interface RankedKeys {
  add(key: string, rank: number): void;
  delete(key: string): void;
  clear(): void;
  size(): number;
  /** In the order of their turns. Keys may be deleted meanwhile. */
  entries(): Iterable<readonly [key: string, rank: number]>;
}

/** No key yet. */
export function makeRankedKeys(): RankedKeys {
  const ranks = new Map<string, number>();
  const byRank: Set<string>[] = [];
  const drop = (key: string) => {
    byRank[ranks.get(key) ?? 0]?.delete(key);
    ranks.delete(key);
  };
  return {
    add: (key, rank) => {
      const waits = ranks.get(key);
      if (waits !== undefined && waits <= rank) return;
      drop(key);
      while (byRank.length <= rank) byRank.push(new Set());
      byRank[rank]?.add(key);
      ranks.set(key, rank);
    },
    delete: drop,
    clear: () => {
      ranks.clear();
      byRank.length = 0;
    },
    size: () => ranks.size,
    *entries() {
      for (const [rank, keys] of byRank.entries()) for (const key of keys) yield [key, rank];
    },
  };
}
