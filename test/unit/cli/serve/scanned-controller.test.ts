import { describe, expect, it } from 'vitest';
import type { Controller } from '../../../../src/app/controller.ts';
import type { ScanWatch } from '../../../../src/app/scan-watch.ts';
import { scannedController } from '../../../../src/cli/serve/scanned-controller.ts';
import type { NetworkPolicy } from '../../../../src/core/network-policy.ts';
import type { ClusterView } from '../../../../src/ports.ts';
import { namespaceState, podState } from '../../../support/cluster-state.ts';

const VIEW: ClusterView = {
  namespaces: () => [namespaceState('shop')],
  namespace: () => undefined,
  policies: () => [],
  pods: () => [podState('shop/api')],
  apiServer: () => [],
};

/** Everything that the controller and the scans were told, in order. */
function setUp() {
  const heard: string[] = [];
  const controller: Controller = {
    namespaceChanged: () => heard.push('controller: namespace'),
    policyChanged: (namespace) => heard.push(`controller: policy of ${namespace}`),
    podChanged: () => heard.push('controller: pod'),
    everythingChanged: () => heard.push('controller: everything'),
    resync: () => heard.push('controller: resync'),
  };
  const scans: ScanWatch = {
    podChanged: ({ name }, gone) => heard.push(`scans: ${name} ${gone ? 'gone' : 'there'}`),
    offer: ({ name }) => heard.push(`scans: ${name} offered`),
    policiesChanged: (namespace) => heard.push(`scans: policies of ${namespace}`),
    templateChanged: () => heard.push('scans: template'),
    rescan: (uid) => heard.push(`scans: ${uid} again`),
    results: { of: () => undefined, all: () => [] },
    waiting: () => 0,
    stop: async () => {},
  };
  return { heard, controller, told: scannedController(controller, scans, VIEW), scans };
}

function policy(ingress: NetworkPolicy['spec']['ingress'], annotations: Readonly<Record<string, string>> = {}): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'shop', name: 'a', annotations },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress, egress: [] },
  };
}

describe('the controller with scans', () => {
  const [shut, open] = [policy([]), policy([{}])];
  const table: Record<string, [act: (told: Controller) => void, heard: string[]]> = {
    'tells of a pod': [(told) => told.podChanged({ now: podState('shop/api') }), ['controller: pod', 'scans: api there']],
    'tells of a pod that is gone': [(told) => told.podChanged({ old: podState('shop/api') }), ['controller: pod', 'scans: api gone']],
    'tells of a new policy': [
      (told) => told.policyChanged('shop', { now: shut }),
      ['controller: policy of shop', 'scans: policies of shop'],
    ],
    'tells of a policy that is gone': [
      (told) => told.policyChanged('shop', { old: shut }),
      ['controller: policy of shop', 'scans: policies of shop'],
    ],
    'tells of another spec': [
      (told) => told.policyChanged('shop', { old: shut, now: open }),
      ['controller: policy of shop', 'scans: policies of shop'],
    ],
    'does not tell of another annotation': [
      (told) => told.policyChanged('shop', { old: shut, now: policy([], { hash: 'other' }) }),
      ['controller: policy of shop'],
    ],
    'offers all pods before they are judged by another template': [
      (told) => told.everythingChanged(),
      ['controller: everything', 'scans: api offered', 'scans: template'],
    ],
    'leaves its own rounds alone': [(told) => told.resync(), ['controller: resync']],
  };
  it.each(Object.entries(table))('%s', (_, [act, expected]) => {
    const { told, heard } = setUp();
    act(told);
    expect(heard).toEqual(expected);
  });

  it('is the same where no scan was asked for', () => {
    const { controller } = setUp();
    expect(scannedController(controller, undefined, VIEW)).toBe(controller);
  });
});
