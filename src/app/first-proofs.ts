import type { Enforcement } from '../core/enforcement.ts';

/** An agent needs some seconds to start; where none ever does, nobody asks more often than this. */
const SOONEST_MS = 1_000;
const LATEST_MS = 30_000;

/** Which nodes still lack a first proof, and when to look at them again. */
export interface FirstProofs {
  /** The nodes without a proof were tried once more. */
  tried(): void;
  /** The nodes of which something was proven once: they wait for their turn. */
  proven(): ReadonlySet<string>;
  /** Milliseconds until the next try. The node that was tried the fewest times decides, with a wait that doubles; it is never longer than half a minute, as a new node may come. */
  nextTryMs(): number;
}

/** Follows what is proven of the nodes, by name. */
export function awaitFirstProofs(all: () => ReadonlyMap<string, Enforcement>): FirstProofs {
  const proven = new Set<string>();
  const tries = new Map<string, number>();
  return {
    tried: () => {
      const nodes = all();
      for (const node of [...proven, ...tries.keys()]) if (!nodes.has(node)) for (const kept of [proven, tries]) kept.delete(node);
      for (const [node, { state }] of nodes) {
        if (state !== 'not proven') proven.add(node);
        if (proven.has(node)) tries.delete(node);
        else tries.set(node, (tries.get(node) ?? 0) + 1);
      }
    },
    proven: () => proven,
    nextTryMs: () => {
      const fewest = Math.min(...tries.values());
      return tries.size === 0 ? LATEST_MS : Math.min(LATEST_MS, SOONEST_MS * 2 ** (fewest - 1));
    },
  };
}
