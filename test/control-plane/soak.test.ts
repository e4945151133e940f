import { expect, it } from 'vitest';
import { runSoak } from '../soak/soak.ts';
import { openedMore } from '../soak/verdict.ts';

/** The short form of `npm run soak`: too short for a trend of memory, long enough for what opens files and sockets without closing them. */

/** Of live objects. The program holds a few namespaces here: what stays after each of thousands of reviews would be far above. */
const HEAP_GROWTH_MIB = 12;

it('half a minute of reviews and churn leaves no file, socket or object behind', async () => {
  const { samples, reviews, churn } = await runSoak({ seconds: 30, warmUpSeconds: 10, reviewsPerSecond: 200 });
  expect(openedMore(samples)).toEqual([]);
  const lowest = (part: typeof samples) => Math.min(...part.map(({ heapMiB }) => heapMiB));
  const half = Math.ceil(samples.length / 2);
  expect(lowest(samples.slice(half)) - lowest(samples.slice(0, half))).toBeLessThan(HEAP_GROWTH_MIB);
  expect(Math.max(...samples.map(({ rssMiB }) => rssMiB))).toBeLessThan(256);
  expect(reviews.failed).toBe(0);
  expect(reviews.answered).toBeGreaterThan(1_000);
  expect(churn.namespaces).toBeGreaterThan(5);
}, 180_000);
