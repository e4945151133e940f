import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What one run measured, as docs/reliability.md shows it. */
export interface FigureSet {
  /** The file under docs/reliability, and a section of the page: `chaos`, `soak`, … */
  readonly name: string;
  /** How to run it again, with the seed. */
  readonly command: string;
  readonly figures: readonly Figure[];
}

export interface Figure {
  /** What was measured: `recovered after a kill of etcd, slowest of 40`. */
  readonly what: string;
  /** With its unit: `4.1 s`. */
  readonly value: string;
}

/** A set as it is kept: also when and on what it was measured, since a figure means nothing without. */
export interface RecordedFigures extends FigureSet {
  /** A day, `2026-11-25`. */
  readonly date: string;
  readonly machine: string;
}

/** Where the figures are kept, a file for each set. */
export const FIGURES = fileURLToPath(new URL('../../docs/reliability/', import.meta.url));

/**
 * Prints the figures, and where PORTCULLIS_RECORD is 1 keeps them in docs/reliability/NAME.json. `npm run reliability` makes the page of all
 * that is kept. A run that failed must not call this.
 */
export async function recordFigures(set: FigureSet, print: (line: string) => void = console.log): Promise<void> {
  print(`${set.name}: ${set.command}`);
  for (const { what, value } of set.figures) print(`  ${what}: ${value}`);
  if (process.env.PORTCULLIS_RECORD !== '1') return;
  const machine = `${availableParallelism()} cores, Node ${process.versions.node}`;
  const recorded: RecordedFigures = { ...set, date: new Date().toISOString().slice(0, 10), machine };
  await mkdir(FIGURES, { recursive: true });
  await writeFile(new URL(`${set.name}.json`, `file://${FIGURES}`), `${JSON.stringify(recorded, undefined, 2)}\n`);
}
