import type { NamespaceState, PodState } from '../../src/core/cluster-state.ts';

/** Objects of a cluster as the caches keep them, for tests that are about something else. */

export function namespaceState(name: string, fields: Partial<NamespaceState> = {}): NamespaceState {
  return { name, uid: `uid-of-${name}`, labels: {}, terminating: false, created: new Date('2026-01-01T00:00:00Z'), ...fields };
}

/** A running pod that declares these container ports. */
export function podState(place: string, fields: Partial<PodState> = {}, ports: readonly object[] = []): PodState {
  const [namespace = '', name = ''] = place.split('/');
  const labels = fields.labels ?? {};
  return {
    namespace,
    name,
    uid: `uid-of-${name}`,
    labels,
    phase: 'Running',
    deleting: false,
    hostNetwork: false,
    nodeName: 'node1',
    addresses: [],
    schedulingGates: [],
    restarts: 0,
    running: true,
    object: { metadata: { namespace, name, labels }, spec: { containers: [{ name: 'main', image: 'main', ports }] } },
    ...fields,
  };
}
