import { inTurn } from '../../app/in-turn.ts';
import { type ScanWatch, type ScanWatchParts, watchScans } from '../../app/scan-watch.ts';
import type { SocketSource } from '../../ports.ts';
import { chooseEngine } from '../scan-engine.ts';
import type { ServeOptions } from './options.ts';

/** Pods that are scanned at the same time: a sweep is 65,535 probes. */
const PARALLELISM = 4;

export type ServeScans = Omit<ScanWatchParts, 'means' | 'parallelism'> & { readonly sockets?: SocketSource };

/** The scan after admission with the engine that was asked for; undefined where it was turned off. */
export async function startScans(
  { engine }: Pick<ServeOptions, 'engine'>,
  searchPath: string,
  parts: ServeScans,
): Promise<ScanWatch | undefined> {
  if (engine === 'off') return undefined;
  const { scanner, said } = await chooseEngine(engine, searchPath);
  parts.log.info('pods are scanned as they start', { how: said });
  const { sockets } = parts;
  const means = { ...(scanner === undefined ? {} : { scanner }), ...(sockets === undefined ? {} : { sockets }), sweeps: inTurn() };
  return watchScans({ ...parts, means, parallelism: PARALLELISM });
}
