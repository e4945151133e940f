import { type ApplyInput, applyPairs } from '../app/apply.ts';
import { isChange, type Teller } from './applied-output.ts';
import type { Io } from './io.ts';
import { makeProgress } from './progress.ts';

/** How many policies were changed, and how many could not be, since their names belong to somebody else. */
export interface Brought {
  readonly changes: number;
  readonly conflicts: number;
}

/**
 * Brings the namespaces to the template and tells of each policy as it is done; a person at a terminal sees how many namespaces are left.
 * Where a write fails, what was done until then is told.
 */
export async function bringPairs(input: ApplyInput, teller: Teller, io: Io): Promise<Brought> {
  const progress = makeProgress(io, 'namespaces');
  const print = (text: string) => {
    if (text === '') return;
    progress.end();
    io.out(text);
  };
  let [changes, conflicts] = [0, 0];
  try {
    for (const [index, namespace] of input.namespaces.entries()) {
      progress.tell(index, input.namespaces.length);
      for await (const applied of applyPairs({ ...input, namespaces: [namespace] })) {
        print(teller.told(applied));
        if (isChange(applied)) changes += 1;
        if (applied.done === 'conflict') conflicts += 1;
      }
    }
  } finally {
    progress.end();
    print(teller.rest());
  }
  return { changes, conflicts };
}
