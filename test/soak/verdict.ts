import type { Figure } from '../reliability/record.ts';
import type { SoakResult, SoakSample } from './soak.ts';
import { type Trend, trendOf, trendText } from './trend.ts';

/** What a soak says: figures, and what grew, a sentence each; empty: nothing did. */
export interface SoakVerdict {
  readonly figures: readonly Figure[];
  readonly grew: readonly string[];
}

/** Less than this an hour is no leak that anybody would meet between two releases of a cluster: MiB. */
const TOLERATED_PER_HOUR = 6;
/** Open at one moment more than at another: a connection of a caller, a call of the API server. */
const SPREAD = 10;

/** Judges the samples after the warm-up. Memory grows where the whole interval of its trend is above zero, and the trend is more than tolerated. */
export function soakVerdict({ samples, reviews, churn }: SoakResult): SoakVerdict {
  const rss = trendOf(samples.map(({ at, rssMiB }) => ({ at, value: rssMiB })));
  // What is left after a collection: the lowest of each part.
  const heap = trendOf(
    samples.map(({ at, heapMiB }) => ({ at, value: heapMiB })),
    (values) => Math.min(...values),
  );
  return {
    figures: [
      { what: 'reviews answered, failed', value: `${reviews.answered}, ${reviews.failed}` },
      { what: 'reviews a second', value: (reviews.answered / (samples.at(-1)?.at ?? 1)).toFixed(0) },
      { what: 'namespaces made and deleted, template edits', value: `${churn.namespaces}, ${churn.edits}` },
      { what: 'memory (RSS) after the warm-up, at the end', value: `${ends(samples, 'rssMiB')} MiB` },
      { what: 'memory, trend', value: trendText(rss, 'MiB') },
      { what: 'heap after collections, trend', value: trendText(heap, 'MiB') },
      { what: 'open files after the warm-up, at the end', value: ends(samples, 'files') },
      { what: 'open sockets after the warm-up, at the end', value: ends(samples, 'sockets') },
    ],
    grew: [
      ...(grows(rss) ? [`memory grows: ${trendText(rss, 'MiB')}`] : []),
      ...(grows(heap) ? [`the heap grows: ${trendText(heap, 'MiB')}`] : []),
      ...openedMore(samples),
    ],
  };
}

function grows({ low, perHour }: Trend): boolean {
  return low > 0 && perHour > TOLERATED_PER_HOUR;
}

/** Files and sockets of which the last third had more open at once than the first. */
export function openedMore(samples: readonly SoakSample[]): string[] {
  const third = Math.ceil(samples.length / 3);
  return (['files', 'sockets'] as const).flatMap((what) => {
    const most = (part: readonly SoakSample[]) => Math.max(...part.map((sample) => sample[what]));
    const [first, last] = [most(samples.slice(0, third)), most(samples.slice(-third))];
    return last > first + SPREAD ? [`open ${what} grow: at most ${first} at first, ${last} at the end`] : [];
  });
}

function ends(samples: readonly SoakSample[], what: 'rssMiB' | 'files' | 'sockets'): string {
  return [samples[0], samples.at(-1)].map((sample) => (sample?.[what] ?? 0).toFixed(0)).join(', ');
}
