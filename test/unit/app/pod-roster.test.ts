import { describe, expect, it } from 'vitest';
import { makePodRoster, whyNotScanned } from '../../../src/app/pod-roster.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import { podState } from '../../support/cluster-state.ts';

function rosterOf(...pods: PodState[]) {
  const roster = makePodRoster();
  for (const pod of pods) roster.put(pod);
  return roster;
}

const at = (place: string, address: string, fields: Partial<PodState> = {}) => podState(place, { addresses: [address], ...fields });
const everybody = () => true;

describe('the roster of pods', () => {
  it('finds a pod by its name and uid, and the pods of a namespace', () => {
    const [a, b, other] = [at('shop/a', '10.0.0.1'), at('shop/b', '10.0.0.2'), at('lab/a', '10.0.0.3', { uid: 'other' })];
    const roster = rosterOf(a, b, other);
    expect([roster.get('shop/b'), roster.byUid('other'), roster.of('shop'), [...roster.all()]]).toEqual([b, other, [a, b], [a, b, other]]);
  });

  it('puts a pod in the place of the one that had its name, and forgets that one', () => {
    const [old, now] = [at('shop/a', '10.0.0.1', { uid: 'old' }), at('shop/a', '10.0.0.2', { uid: 'now' })];
    const roster = rosterOf(old);
    expect(roster.put(now)).toBe(old);
    expect([roster.byUid('old'), roster.byUid('now'), roster.rivals(at('lab/b', '10.0.0.1'))]).toEqual([undefined, now, []]);
    roster.remove('shop/a');
    expect([roster.get('shop/a'), roster.byUid('now'), roster.of('shop')]).toEqual([undefined, undefined, []]);
  });

  const gone = at('lab/gone', '10.0.0.1', { phase: 'Succeeded' });
  const live = at('lab/live', '10.0.0.1');
  const host = (place: string, nodeName = 'node1') => at(place, '192.168.0.1', { hostNetwork: true, nodeName });
  const pod = at('shop/pod', '10.0.0.1');
  const table: Record<string, [pod: PodState, others: PodState[], why: string | undefined]> = {
    'a pod with an address of its own': [pod, [at('lab/b', '10.0.0.2')], undefined],
    'a pod at the address of one that has ended, in another namespace': [pod, [gone], undefined],
    'a pod at the address of a live one, in another namespace': [pod, [live], 'another pod claims its address 10.0.0.1 as well'],
    'the first of the host network on its node': [host('lab/a'), [host('shop/a')], undefined],
    'the second of the host network on its node': [host('shop/a'), [host('lab/a')], 'it is on the host network: lab/a stands for its node'],
    'one of another node': [host('shop/a', 'node2'), [host('lab/a')], undefined],
    'the second, where nobody asks about the first': [host('shop/a'), [host('free/a')], undefined],
  };
  it.each(Object.entries(table))('says whether %s can be scanned', (_, [one, others, why]) => {
    const roster = rosterOf(one, ...others);
    expect(whyNotScanned(one, roster, ({ namespace }) => namespace !== 'free')).toBe(why);
  });

  it('knows no rival of a pod in itself', () => {
    expect(rosterOf(pod).rivals(pod)).toEqual([]);
    expect(whyNotScanned(pod, rosterOf(pod), everybody)).toBeUndefined();
  });
});
