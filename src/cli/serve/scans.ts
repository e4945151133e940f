import { alarmExposures } from '../../app/exposure-alarm.ts';
import { countFindings } from '../../app/finding-count.ts';
import { inTurn } from '../../app/in-turn.ts';
import type { ResultListener } from '../../app/scan-results.ts';
import { type ScanWatch, type ScanWatchParts, watchScans } from '../../app/scan-watch.ts';
import type { Announcer, Metrics, SocketSource } from '../../ports.ts';
import { chooseEngine } from '../scan-engine.ts';
import { CLOCK } from './gate.ts';
import type { ServeOptions } from './options.ts';

/** Pods that are scanned at the same time: a sweep is 65,535 probes. */
const PARALLELISM = 4;

export interface ServeScans extends Pick<ScanWatchParts, 'authority' | 'pods' | 'log'> {
  readonly sockets?: SocketSource;
  readonly announce: Pick<Announcer, 'pod'>;
  readonly metrics: Metrics;
  /** Further ones who are told of every result. */
  readonly listeners?: readonly ResultListener[];
}

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
  const listeners = [countFindings(parts.metrics), alarmExposures(parts), ...(parts.listeners ?? [])];
  return watchScans({ ...parts, means, listeners, clock: CLOCK, parallelism: PARALLELISM });
}
