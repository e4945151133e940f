import { describe, expect, it } from 'vitest';
import { observePairs } from '../../../src/app/observed-pairs.ts';
import { type ReconcileResult, reconcileNamespace } from '../../../src/app/reconcile.ts';
import type { NamespaceState, PodState } from '../../../src/core/cluster-state.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { policyPair } from '../../../src/core/policy-pair.ts';
import type { Mode } from '../../../src/core/template/model.ts';
import { rememberingLog, rememberingMetrics } from '../../support/silence.ts';
import { authorityOf, entry } from '../../support/template.ts';

const GATE = 'portcullis.dev/gate';
const cluster = { namespaces: [], apiServer: [] };
const { block, allow } = policyPair('shop', authorityOf([entry('shop')]), cluster);
const pair = [block, ...allow];
const stolen: NetworkPolicy = { ...block, metadata: { name: 'portcullis-block', namespace: 'shop', labels: { team: 'blue' } } };

function namespace(fields: Partial<NamespaceState> = {}): NamespaceState {
  return { name: 'shop', uid: 'n', labels: {}, terminating: false, created: new Date('2026-01-01T00:00:00Z'), ...fields };
}

function pod(name: string, fields: Partial<PodState> = {}): PodState {
  return {
    namespace: 'shop',
    name,
    uid: name,
    labels: {},
    phase: 'Running',
    deleting: false,
    hostNetwork: false,
    nodeName: '',
    addresses: [],
    schedulingGates: [],
    restarts: 0,
    running: false,
    object: {},
    ...fields,
  };
}

const waiting = (name: string, fields: Partial<PodState> = {}) =>
  pod(name, { phase: 'Pending', schedulingGates: ['portcullis.dev/policies'], ...fields });

interface World {
  readonly mode?: Mode;
  readonly namespace?: NamespaceState | 'missing';
  readonly policies?: readonly NetworkPolicy[];
  readonly pods?: readonly PodState[];
  readonly management?: 'managed' | 'external';
  /** Whether the watch tells of a write before the pass ends. */
  readonly quickWatch?: boolean;
  /** The write that fails. */
  readonly fails?: string;
  /** What somebody else makes of each policy right behind our write. */
  readonly spoil?: (policy: NetworkPolicy) => NetworkPolicy;
  /** Other namespaces wait for their turn. */
  readonly flood?: boolean;
  /** Told of each wait for the watch. */
  readonly waits?: () => void;
}

/** One pass over shop; everything that was done, in order, as sentences. */
async function pass(world: World): Promise<{ done: string[]; result: ReconcileResult | string }> {
  const done: string[] = [];
  const authority = authorityOf([entry('shop', { mode: world.mode ?? 'enforce' })]);
  const stored = new Map((world.policies ?? []).map((policy) => [policy.metadata.name, policy]));
  const observed = observePairs({ authority: () => authority, facts: () => cluster, policies: () => [...stored.values()] });
  const there = world.namespace === 'missing' ? undefined : (world.namespace ?? namespace());
  const write = async (sentence: string, effect: () => void = () => {}) => {
    if (sentence === world.fails) throw new Error(`cannot ${sentence}`);
    done.push(sentence);
    effect();
    if (world.quickWatch === true) observed.forget('shop');
  };
  const parts = {
    authority: () => authority,
    observed,
    view: {
      namespaces: () => [],
      namespace: () => there,
      policies: () => [...stored.values()],
      pods: () => world.pods ?? [],
      apiServer: () => [],
    },
    store: {
      list: async () => [],
      apply: async (policy: NetworkPolicy) => {
        await write(`apply ${policy.metadata.name}`, () => stored.set(policy.metadata.name, world.spoil?.(policy) ?? policy));
        return policy;
      },
      remove: (_: string, name: string) => write(`remove ${name}`, () => stored.delete(name)),
    },
    gates: {
      labelGate: (name: string, open: boolean) => write(`${open ? 'open' : 'close'} the gate of ${name}`),
      liftGate: ({ name }: PodState) => write(`lift the gate of pod ${name}`),
    },
    announce: {
      namespace: (name: string, reason: string, message: string) => void done.push(`tell namespace ${name}: ${reason}: ${message}`),
      pod: ({ name }: PodState, reason: string) => void done.push(`tell pod ${name}: ${reason}`),
      template: (name: string, reason: string) => void done.push(`tell ConfigMap ${name}: ${reason}`),
    },
    metrics: rememberingMetrics(),
    log: rememberingLog(),
    policies: world.management ?? ('managed' as const),
    pause: async () => world.waits?.(),
    othersWait: () => world.flood === true,
  };
  const result = await reconcileNamespace('shop', parts).catch((error: Error) => error.message);
  return { done, result };
}

const OPEN = namespace({ labels: { [GATE]: 'open' } });
const IN_PLACE = { inPlace: true, conflicts: [] };
const NOT_YET = { inPlace: false, conflicts: [] };
const CONFLICT =
  "the policies of shop cannot be put in place: the name portcullis-block is taken by a NetworkPolicy that is not Portcullis' (delete or rename it)";

describe('a pass over a namespace', () => {
  const table: Record<string, [world: World, done: string[], result: ReconcileResult | string]> = {
    'that is missing does nothing': [{ namespace: 'missing' }, [], NOT_YET],
    'that is being deleted leaves it alone': [
      { namespace: namespace({ terminating: true, labels: { [GATE]: 'open' } }), pods: [waiting('api')] },
      [],
      NOT_YET,
    ],
    'that is new closes it first, and opens no gate before the watch has told': [
      { pods: [waiting('api')] },
      ['apply portcullis-block', 'apply portcullis-allow'],
      NOT_YET,
    ],
    'that has running pods lets through first': [
      { pods: [pod('api', { running: true })] },
      ['apply portcullis-allow', 'apply portcullis-block'],
      NOT_YET,
    ],
    'whose pair is observed opens its gate, then lifts the gates of its pods': [
      { policies: pair, pods: [waiting('api'), pod('old', { running: true }), waiting('gone', { deleting: true }), waiting('web')] },
      ['open the gate of shop', 'lift the gate of pod api', 'lift the gate of pod web'],
      IN_PLACE,
    ],
    'whose pair is observed during the pass opens its gate in the same pass': [
      { quickWatch: true, pods: [waiting('api')] },
      ['apply portcullis-block', 'apply portcullis-allow', 'open the gate of shop', 'lift the gate of pod api'],
      IN_PLACE,
    ],
    'whose pair is observed during the pass lets its pods go, and leaves the gate for later where others wait': [
      { pods: [waiting('api')], quickWatch: true, flood: true },
      ['apply portcullis-block', 'apply portcullis-allow', 'lift the gate of pod api'],
      IN_PLACE,
    ],
    'whose pair was observed opens its gate also where others wait': [{ policies: pair, flood: true }, ['open the gate of shop'], IN_PLACE],
    'that is as it should be does nothing': [{ namespace: OPEN, policies: pair }, [], IN_PLACE],
    'that lost a policy closes its gate before it writes': [
      { namespace: OPEN, policies: [block] },
      ['close the gate of shop', 'apply portcullis-allow'],
      NOT_YET,
    ],
    'whose gate has a value of somebody else takes it away': [
      { namespace: namespace({ labels: { [GATE]: 'ajar' } }), policies: [block] },
      ['close the gate of shop', 'apply portcullis-allow'],
      NOT_YET,
    ],
    'whose gate has a value of somebody else, behind an observed pair, corrects it': [
      { namespace: namespace({ labels: { [GATE]: 'ajar' } }), policies: pair },
      ['open the gate of shop'],
      IN_PLACE,
    ],
    'that changed to audit opens its gate, removes the pair (what closes first) and lets its pods go': [
      { mode: 'audit', policies: [...allow, block], pods: [waiting('api')] },
      ['open the gate of shop', 'remove portcullis-block', 'remove portcullis-allow', 'lift the gate of pod api'],
      NOT_YET,
    ],
    'that is off and has nothing of ours does nothing more': [{ mode: 'off', namespace: OPEN }, [], NOT_YET],
    'in which somebody else has our name tells namespace and waiting pods, and lets none go': [
      { policies: [stolen, ...allow], pods: [waiting('api'), pod('old', { running: true })] },
      [`tell namespace shop: PolicyConflict: ${CONFLICT}`, 'tell pod api: PolicyConflict'],
      { inPlace: false, conflicts: ['portcullis-block'] },
    ],
    'in which somebody else has our name leaves it alone in audit as well': [
      { mode: 'audit', namespace: OPEN, policies: [stolen] },
      [],
      NOT_YET,
    ],
    'whose policies somebody else applies writes none': [{ management: 'external', pods: [waiting('api')] }, [], NOT_YET],
    'whose policies somebody else applied lets its pods go': [
      { management: 'external', policies: pair, pods: [waiting('api')] },
      ['open the gate of shop', 'lift the gate of pod api'],
      IN_PLACE,
    ],
    'whose policies somebody else applies removes none in audit': [
      { management: 'external', mode: 'audit', policies: pair, namespace: OPEN },
      [],
      NOT_YET,
    ],
    'in which a write fails does nothing later': [
      { namespace: OPEN, pods: [waiting('api')], fails: 'apply portcullis-block' },
      ['close the gate of shop'],
      'cannot apply portcullis-block',
    ],
    'in which the second write fails has done the first': [
      { pods: [waiting('api')], quickWatch: true, fails: 'apply portcullis-allow' },
      ['apply portcullis-block'],
      'cannot apply portcullis-allow',
    ],
    'in which the gate cannot be closed writes no policy': [
      { namespace: OPEN, fails: 'close the gate of shop' },
      [],
      'cannot close the gate of shop',
    ],
    'in which the block cannot be removed keeps what lets through': [
      { mode: 'off', namespace: OPEN, policies: pair, pods: [waiting('api')], fails: 'remove portcullis-block' },
      [],
      'cannot remove portcullis-block',
    ],
    'in which one gate cannot be lifted fails, so that it is tried again': [
      { namespace: OPEN, policies: pair, pods: [waiting('api'), waiting('web')], fails: 'lift the gate of pod api' },
      ['lift the gate of pod web'],
      'cannot lift the gate of pod api',
    ],
  };
  it.each(Object.entries(table))('%s', async (_, [world, done, result]) => expect(await pass(world)).toEqual({ done, result }));
});

describe('a pass whose policy is changed by somebody else right behind it', () => {
  it('ends at once, so that the next pass puts it back', async () => {
    let waits = 0;
    const spoil = (policy: NetworkPolicy): NetworkPolicy => ({ ...policy, spec: { ...policy.spec, egress: [{}] } });
    const { done, result } = await pass({ policies: allow, namespace: OPEN, spoil, waits: () => (waits += 1) });
    expect({ done, result, waits }).toEqual({ done: ['close the gate of shop', 'apply portcullis-block'], result: NOT_YET, waits: 0 });
  });
});
