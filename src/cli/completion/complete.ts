import type { Io } from '../io.ts';
import type { DefineCommand } from '../program.ts';
import type { Candidate } from './candidates.ts';

/** How the shells' functions and kubectl call it. */
export const COMPLETE = '__complete';

/**
 * The hidden command that answers how a line can go on: one way a line, a tab before its description, and last `:` with the directive, as
 * kubectl reads it from a plugin (`kubectl_complete-NAME`). Whatever goes wrong, the person at the prompt sees nothing of it.
 */
export const defineComplete: DefineCommand = (program, io) => {
  program
    .command(COMPLETE, { hidden: true })
    .argument('[words...]', 'the words of the line behind the name of the program, the last one at the cursor')
    .action(async (words: string[]) => {
      // Loaded here, so that no other command pays for it.
      const [{ readLine }, { candidatesFor }, { clusterNames }] = await Promise.all([
        import('./line.ts'),
        import('./candidates.ts'),
        import('./cluster-names.ts'),
      ]);
      const { candidates, directive } = await candidatesFor(readLine(program, words), clusterNames(quiet(io)));
      io.out(`${candidates.map(lineOf).join('')}:${directive}\n`);
    });
};

function lineOf({ value, description = '' }: Candidate): string {
  return `${value}${description === '' ? '' : `\t${description.replaceAll(/\s+/g, ' ')}`}\n`;
}

function quiet(io: Io): Io {
  return { ...io, err: () => {} };
}
