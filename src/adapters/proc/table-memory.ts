import type { SocketTables } from '../../core/socket-tables.ts';
import { socketCounts } from './namespace-texts.ts';
import { isDenied } from './proc-text.ts';

/** What was read of each network namespace, so that a look at a node reads only those where something seems to have changed. */
export interface TableMemory {
  /** Begins a look: what the last one did not ask for is forgotten. */
  begin(): void;
  /** What the last look read of a namespace, if its counts are as they were; else what `read` answers now. */
  recall(namespace: string, folder: string, read: () => SocketTables | 'gone'): SocketTables | 'gone';
}

/** Each namespace is read anew in one of so many looks, whatever its counts say: they are a hint. */
const LOOKS = 30;

interface Remembered {
  readonly counts: string;
  readonly tables: SocketTables;
}

/** No memory yet. */
export function makeTableMemory(): TableMemory {
  let looks = 0;
  let before: ReadonlyMap<string, Remembered> = new Map();
  let now = new Map<string, Remembered>();
  return {
    begin() {
      looks += 1;
      before = now;
      now = new Map();
    },
    recall(namespace, folder, read) {
      // Read before the tables: what changes in between is seen at the next look.
      const counts = countsOf(folder);
      const known = before.get(namespace);
      const isTurn = (Number(namespace) + looks) % LOOKS === 0;
      const tables = known !== undefined && known.counts === counts && !isTurn ? known.tables : read();
      if (counts !== undefined && tables !== 'gone') now.set(namespace, { counts, tables });
      return tables;
    },
  };
}

/** Without counts nothing is remembered. */
function countsOf(folder: string): string | undefined {
  try {
    return socketCounts(folder);
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}
