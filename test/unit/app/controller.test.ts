import { describe, expect, it } from 'vitest';
import { type Change, type Controller, makeController } from '../../../src/app/controller.ts';
import { observePairs } from '../../../src/app/observed-pairs.ts';
import type { Authority } from '../../../src/core/authority.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import { namespaceState, podState } from '../../support/cluster-state.ts';
import { rememberingLog, rememberingMetrics } from '../../support/silence.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../support/template.ts';

const cluster = { namespaces: [], apiServer: [] };
const rules = [ruleIn({ ports: ranges('80') })];
const plain = authorityOf([entry('shop', { rules })]);
const { block, allow } = policyPair('shop', plain, cluster);
const pair = [block, ...allow];
const widened: NetworkPolicy = { ...block, spec: { ...block.spec, egress: [{}] } };
const foreign: NetworkPolicy = { ...block, metadata: { name: 'tenant', namespace: 'shop' } };
const orphan: NetworkPolicy = { ...block, metadata: { ...block.metadata, name: 'portcullis-allow-0000000000' } };

/** A controller over shop and web, with the pair of shop observed. */
function world(authority: Authority = plain) {
  const state = { policies: pair as readonly NetworkPolicy[] };
  const queued: string[] = [];
  const told: string[] = [];
  const metrics = rememberingMetrics();
  const observed = observePairs({ authority: () => authority, facts: () => cluster, policies: () => state.policies });
  const controller = makeController({
    authority: () => authority,
    observed,
    view: {
      namespaces: () => ['shop', 'web'].map((name) => namespaceState(name)),
      namespace: () => undefined,
      policies: () => state.policies,
      pods: () => [],
      apiServer: () => [],
    },
    metrics,
    log: rememberingLog(),
    announce: {
      namespace: (name, reason, message) => void told.push(`${name} ${reason}: ${message}`),
      pod: () => {},
      template: () => {},
    },
    queue: { add: (name, rank = 0) => void queued.push(rank === 0 ? name : `${name}, after those to close`) },
  });
  const before = observed.inPlace('shop');
  /** A policy changes in the cache, then the controller hears of it. */
  const change = (policies: readonly NetworkPolicy[], heard: Change<NetworkPolicy>) => {
    state.policies = policies;
    controller.policyChanged('shop', heard);
  };
  return { controller, state, observed, queued, told, metrics, change, before };
}

describe('what the controller hears of', () => {
  const table: Record<string, [hear: (controller: Controller) => void, queued: string[]]> = {
    'a new namespace': [({ namespaceChanged }) => namespaceChanged({ now: namespaceState('new') }), ['new']],
    'a namespace with other labels': [
      ({ namespaceChanged }) => namespaceChanged({ old: namespaceState('web'), now: namespaceState('web', { labels: { a: 'b' } }) }),
      ['web'],
    ],
    'a namespace that is gone': [({ namespaceChanged }) => namespaceChanged({ old: namespaceState('web') }), ['web']],
    'nothing at all': [({ namespaceChanged }) => namespaceChanged({}), []],
    'a pod that waits': [({ podChanged }) => podChanged({ now: waiting }), ['shop']],
    'a pod that runs': [({ podChanged }) => podChanged({ now: podState('shop/api') }), []],
    'a waiting pod that is being deleted': [({ podChanged }) => podChanged({ now: { ...waiting, deleting: true } }), []],
    'a pod that is gone': [({ podChanged }) => podChanged({ old: waiting }), []],
    'another template': [({ everythingChanged }) => everythingChanged(), ['shop', 'web']],
    'ten minutes that passed': [({ resync }) => resync(), ['shop', 'web']],
  };
  const waiting: PodState = podState('shop/api', { running: false, schedulingGates: ['portcullis.dev/policies'] });

  it.each(Object.entries(table))('%s', (_, [hear, expected]) => {
    const { controller, queued, told } = world();
    hear(controller);
    expect({ queued, told }).toEqual({ queued: expected, told: [] });
  });
});

describe('a new or missing namespace concerns every namespace', () => {
  const patterned: Record<string, Authority> = {
    'where a rule means namespaces by a pattern': authorityOf([
      entry('shop', { rules: [ruleIn({ ports: ranges('80'), peers: [{ kind: 'pods', namespace: 'pr-*', pods: {} }] })] }),
    ]),
  };
  it.each(Object.entries(patterned))('%s', (_, authority) => {
    const { controller, queued } = world(authority);
    controller.namespaceChanged({ now: namespaceState('pr-1') });
    expect(queued).toEqual(['shop', 'web', 'pr-1']);
    queued.length = 0;
    controller.namespaceChanged({ old: namespaceState('pr-1'), now: namespaceState('pr-1', { labels: { a: 'b' } }) });
    expect(queued).toEqual(['pr-1']);
    queued.length = 0;
    controller.namespaceChanged({ old: namespaceState('pr-1') });
    expect(queued).toEqual(['shop', 'web', 'pr-1']);
  });
});

describe('a policy that somebody changed', () => {
  const DRIFT = { event: 'policy written', cause: 'drift' };
  const sentence = (name: string, what: string) =>
    `shop PolicyDrift: NetworkPolicy ${name} was ${what} by somebody else; Portcullis puts it back`;

  it.each<[string, readonly NetworkPolicy[], Change<NetworkPolicy>, string]>([
    ['in its spec', [widened, ...allow], { old: block, now: widened }, sentence('portcullis-block', 'changed')],
    ['by deleting it', [block], { old: allow[0] as NetworkPolicy }, sentence('portcullis-allow', 'deleted')],
  ])('%s is drift: counted, told and looked at', (_, policies, heard, expected) => {
    const { change, queued, told, metrics, observed, before } = world();
    change(policies, heard);
    expect({ before, after: observed.inPlace('shop') }).toEqual({ before: true, after: false });
    expect({ queued, told, events: metrics.events }).toEqual({ queued: ['shop'], told: [expected], events: [DRIFT] });
  });

  it.each<[string, readonly NetworkPolicy[], Change<NetworkPolicy>, string]>([
    ['another’s', [...pair, foreign], { now: foreign }, 'shop'],
    ['ours, as we wrote it', pair, { old: block, now: block }, 'shop, after those to close'],
    ['ours that nobody wants', [...pair, orphan], { now: orphan }, 'shop'],
    ['ours that is wanted no longer', pair, { old: orphan }, 'shop'],
  ])('%s is no drift, but looked at', (_, policies, heard, expected) => {
    const { change, queued, told, metrics } = world();
    change(policies, heard);
    expect({ queued, told, events: metrics.events }).toEqual({ queued: [expected], told: [], events: [] });
  });

  it('is counted once, until it was put back', () => {
    const { change, metrics } = world();
    change([widened, ...allow], { old: block, now: widened });
    change([widened], { old: allow[0] as NetworkPolicy });
    change(pair, { old: widened, now: block });
    expect(metrics.events).toEqual([DRIFT]);
    change([block], { old: allow[0] as NetworkPolicy });
    expect(metrics.events).toEqual([DRIFT, DRIFT]);
  });

  it('is no drift where the mode is no longer enforce: then we remove them ourselves', () => {
    const audit = authorityOf([entry('shop', { mode: 'audit', rules })]);
    const { change, told, metrics } = world(audit);
    change([...allow], { old: block });
    expect({ told, events: metrics.events }).toEqual({ told: [], events: [] });
  });

  it('is no drift after the template changed, before the next pass', () => {
    const { controller, change, metrics } = world();
    controller.everythingChanged();
    change([widened, ...allow], { old: block, now: widened });
    expect(metrics.events).toEqual([]);
  });
});
