import { describe, expect, it } from 'vitest';
import type { PodState } from '../../../src/core/cluster-state.ts';
import { podState } from '../../support/cluster-state.ts';
import { inside, listener, NO_AGENT } from '../../support/scan.ts';
import { answering, open, type ScanWishes, type ScanWorld, scanWorld } from '../../support/scan-world.ts';

const PERIOD = 600_000;

/** A thousand pods on ten nodes. */
const PODS: readonly PodState[] = Array.from({ length: 1_000 }, (_, index) =>
  podState(`${index % 2 === 0 ? 'shop' : 'lab'}/pod-${index}`, {
    uid: `0b5a3c1e-7d1f-4a55-9c0e-${String(index).padStart(12, '0')}`,
    addresses: [`10.1.${Math.floor(index / 250)}.${index % 250}`],
    nodeName: `node-${index % 10}`,
  }),
);
const LATE = podState('shop/late', { uid: 'late', addresses: ['10.9.0.1'], nodeName: 'node-0' });

interface Storm extends ScanWorld {
  /** When each look outside began, by address, in milliseconds. */
  readonly began: { readonly address: string; readonly at: number }[];
  /** The most that were under way at once: in all, and on one node. */
  readonly most: { all: number; node: number };
}

/** A cluster in which each probe takes a while. */
function storm({ takesMs, ...wishes }: ScanWishes & { takesMs: number }): Storm {
  const began: { address: string; at: number }[] = [];
  const most = { all: 0, node: 0 };
  const underWay = new Map<string, number>();
  const nodeOf = new Map([...PODS, LATE].map(({ addresses, nodeName }) => [addresses[0], nodeName]));
  const here: ScanWorld = scanWorld({
    look: () => inside(listener('8080')),
    ...wishes,
    answer: async (target) => {
      const node = nodeOf.get(target.address) ?? '';
      began.push({ address: target.address, at: here.time() });
      underWay.set(node, (underWay.get(node) ?? 0) + 1);
      most.node = Math.max(most.node, underWay.get(node) ?? 0);
      most.all = Math.max(
        most.all,
        [...underWay.values()].reduce((sum, count) => sum + count, 0),
      );
      await new Promise<void>((resolve) => void here.later(resolve, takesMs));
      underWay.set(node, (underWay.get(node) ?? 1) - 1);
      return target.ports === 'all' ? open('8080/TCP') : answering(target, '8080/TCP');
    },
  });
  return Object.assign(here, { began, most });
}

/** The most that began within any span of so many milliseconds. */
function mostWithin(times: readonly number[], span: number): number {
  return Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + span).length));
}

function countsOf(texts: readonly string[]): Set<number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return new Set(counts.values());
}

describe('a cluster of 1,000 pods', { timeout: 90_000 }, () => {
  it('that were there before us is scanned once, few at a time and at a bounded rate', async () => {
    const here = storm({ takesMs: 50 });
    for (const pod of PODS) here.watch.offer(pod);
    for (const pod of PODS) here.watch.offer(pod);
    await here.pass(PERIOD / 2);
    const addresses = here.began.map(({ address }) => address);
    expect([addresses.length, countsOf(addresses)]).toEqual([1_000, new Set([1])]);
    expect(here.most.all).toBeLessThanOrEqual(4);
    const times = here.began.map(({ at }) => at);
    expect(mostWithin(times, 1_000)).toBeLessThanOrEqual(30);
  });

  it('lets a pod that starts, and one whose sockets changed, overtake all that wait', async () => {
    const here = storm({ takesMs: 50 });
    for (const pod of PODS) here.watch.offer(pod);
    await here.pass(5_000);
    here.change(LATE);
    here.socketsChanged(PODS[999]?.uid ?? '');
    const before = here.began.length;
    await here.pass(200);
    const next = here.began.slice(before, before + 2).map(({ address }) => address);
    expect(new Set(next)).toEqual(new Set([PODS[999]?.addresses[0], LATE.addresses[0]]));
  });

  it('that all change again and again waits in a bounded queue', async () => {
    const here = storm({ takesMs: 50 });
    for (const pod of PODS) here.watch.offer(pod);
    const sizes: number[] = [];
    for (let second = 0; second < 10; second += 1) {
      for (const { uid } of PODS) here.socketsChanged(uid);
      here.watch.policiesChanged('shop');
      here.watch.templateChanged();
      await here.pass(1_000);
      sizes.push(here.watch.waiting());
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 * PODS.length);
    expect(here.most.all).toBeLessThanOrEqual(4);
  });

  it('never comes together in its rounds, and no round forgets a pod', async () => {
    const here = storm({ takesMs: 1 });
    for (const pod of PODS) here.watch.offer(pod);
    await here.pass(PERIOD);
    here.began.length = 0;
    await here.pass(PERIOD);
    const { began } = here;
    expect([began.length, countsOf(began.map(({ address }) => address))]).toEqual([1_000, new Set([1])]);
    const times = began.map(({ at }) => at);
    expect(mostWithin(times, 1_000)).toBeLessThanOrEqual(12);
  });

  it('where no agent runs is swept one pod of a node at a time, few in all, at the rate of the cap', async () => {
    const limits = { sweepPace: { burst: 3, everyMs: 5_000 } };
    const here = storm({ takesMs: 8_000, look: () => NO_AGENT, limits });
    for (const pod of PODS.slice(0, 40)) here.watch.offer(pod);
    await here.pass(40 * 5_000 + 30_000);
    const times = here.began.map(({ at }) => at);
    expect([here.began.length, countsOf(here.began.map(({ address }) => address))]).toEqual([40, new Set([1])]);
    expect(here.most).toEqual({ all: 2, node: 1 });
    expect(mostWithin(times, 60_000)).toBeLessThanOrEqual(3 + 12);
  });

  it('where no agent runs on some nodes is seen at the others without waiting for a sweep', async () => {
    const here = storm({ takesMs: 8_000, look: (uid) => (uid === 'late' ? inside(listener('8080')) : NO_AGENT) });
    for (const pod of PODS) here.change(pod);
    await here.pass(1_000);
    here.change(LATE);
    await here.pass(1);
    expect(here.began.at(-1)?.address).toBe(LATE.addresses[0]);
  });
});
