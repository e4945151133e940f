import { expect, it } from 'vitest';
import { followAgents } from '../../../src/app/agent-states.ts';
import type { NodeAgent } from '../../../src/core/agent-state.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import { namespaceState, podState } from '../../support/cluster-state.ts';
import { rememberingMetrics } from '../../support/silence.ts';
import { virtualTime } from '../../support/virtual-time.ts';

/** A cluster with pods on two nodes, whose agents do as the test says. */
function world() {
  const pods: PodState[] = [
    podState('shop/a', { nodeName: 'n1' }),
    podState('shop/b', { nodeName: 'n2' }),
    podState('shop/c', { nodeName: '' }),
  ];
  const state = { agents: [] as NodeAgent[], changes: 0 };
  const [time, metrics] = [virtualTime(), rememberingMetrics()];
  const states = followAgents({
    view: { namespaces: () => [namespaceState('shop')], pods: () => pods },
    agents: () => state.agents,
    metrics,
    changed: () => {
      state.changes += 1;
    },
    everyMs: 5_000,
    later: time.later,
  });
  return { state, pods, metrics, states, pass: time.pass };
}

const WATCHING: NodeAgent = { node: 'n1', address: '10.0.0.1', state: 'watching', since: '2026-01-01T00:00:00.000Z' };

it('tells of each node on which pods run how its agent is doing, and only when that changed', async () => {
  const here = world();
  here.state.agents = [WATCHING];
  await here.pass(5_000);
  expect([...here.states.all()]).toEqual([
    ['n1', { state: 'watching', since: '2026-01-01T00:00:00.000Z' }],
    ['n2', { state: 'missing' }],
  ]);
  await here.pass(60_000);
  expect([here.state.changes, here.metrics.events]).toEqual([1, [{ event: 'agents', byState: { watching: 1, missing: 1 } }]]);
  here.state.agents = [WATCHING, { node: 'n2', address: '10.0.0.2', state: 'failing', reason: 'refused' }];
  await here.pass(5_000);
  expect([here.state.changes, here.metrics.events.at(-1)]).toEqual([2, { event: 'agents', byState: { watching: 1, failing: 1 } }]);
  here.pods.length = 1;
  await here.pass(5_000);
  expect([[...here.states.all().keys()], here.metrics.events.at(-1)]).toEqual([['n1'], { event: 'agents', byState: { watching: 1 } }]);
});

it('looks no more once it was stopped', async () => {
  const here = world();
  here.states.stop();
  await here.pass(60_000);
  expect([here.state.changes, here.metrics.events]).toEqual([0, []]);
});
