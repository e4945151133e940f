import type { NamespaceState, PodState } from '../../core/cluster-state.ts';
import type { NetworkPolicy } from '../../core/network-policy.ts';
import type { ClusterView } from '../../ports.ts';
import { API_SERVER_SLICES, keepSlice, type SliceState, sliceAddresses } from './endpoint-slices.ts';
import type { ReflectTiming } from './list-and-watch.ts';
import { makeNamespaceIndex } from './namespace-index.ts';
import { keepNamespace } from './namespaces.ts';
import type { ObjectChange } from './object-cache.ts';
import { NAMESPACES, PODS, POLICIES } from './paths.ts';
import { keepPod } from './pods.ts';
import { keepPolicy } from './policies.ts';
import { type Reflector, reflect, type WatchListener } from './reflector.ts';
import { makeShare } from './share.ts';
import type { KubeTransport } from './transport.ts';

export type WatchedResource = 'namespaces' | 'networkpolicies' | 'pods' | 'endpointslices';

/** `old` is absent for something new, `now` for something gone. */
interface Change<T> {
  readonly old?: T;
  readonly now?: T;
}

/** Who is told of what. Each is called after the view shows the change. */
export interface ClusterListeners {
  namespaceChanged(change: Change<NamespaceState>): void;
  policyChanged(namespace: string, change: Change<NetworkPolicy>): void;
  podChanged(change: Change<PodState>): void;
  /** The addresses of the API server are others than before. */
  apiServerChanged(): void;
  /** Asked once for each watch, as it begins. */
  health(resource: WatchedResource): WatchListener;
}

/** The caches of the controller and the gate. */
export interface ClusterWatch {
  readonly view: ClusterView;
  /** Resolves when each collection was listed once. */
  readonly synced: Promise<void>;
  stop(): Promise<void>;
}

interface Parts {
  readonly transport: KubeTransport;
  readonly listeners: ClusterListeners;
  readonly timing: Partial<ReflectTiming>;
}

/** Watches what decisions need, everywhere: namespaces, policies, pods, and where the API server is. */
export function watchCluster(transport: KubeTransport, listeners: ClusterListeners, timing: Partial<ReflectTiming> = {}): ClusterWatch {
  const parts: Parts = { transport, listeners, timing };
  const namespaces = watchNamespaces(parts);
  const policies = watchPolicies(parts);
  const pods = watchPods(parts);
  const slices = watchApiServer(parts);
  const all: readonly Reflector<unknown>[] = [namespaces, policies.watch, pods.watch, slices];
  const synced = Promise.all(all.map((watch) => watch.synced)).then(() => {});
  synced.catch(() => {}); // whoever waits gets the error; nobody must
  return {
    view: {
      namespaces: () => [...namespaces.store.values()],
      namespace: (name) => namespaces.store.get(name),
      policies: policies.of,
      pods: pods.of,
      apiServer: () => sliceAddresses(slices.store.values()),
    },
    synced,
    async stop() {
      await Promise.all(all.map((watch) => watch.stop()));
    },
  };
}

function watchNamespaces(parts: Parts): Reflector<NamespaceState> {
  const onChange = (change: ObjectChange<NamespaceState>) => parts.listeners.namespaceChanged(asChange(change));
  return reflect({ ...common('namespaces', parts), path: NAMESPACES, keep: keepNamespace, onChange });
}

function watchPolicies(parts: Parts) {
  const [index, share] = [makeNamespaceIndex<NetworkPolicy>(({ metadata }) => metadata), makeShare()];
  const onChange = (change: ObjectChange<NetworkPolicy>) => {
    index.apply(change);
    parts.listeners.policyChanged(change.object.metadata.namespace, asChange(change));
  };
  return {
    of: index.of,
    watch: reflect({ ...common('networkpolicies', parts), path: POLICIES, keep: (raw) => keepPolicy(raw, share), onChange }),
  };
}

function watchPods(parts: Parts) {
  const [index, share] = [makeNamespaceIndex<PodState>((pod) => pod), makeShare()];
  const onChange = (change: ObjectChange<PodState>) => {
    index.apply(change);
    parts.listeners.podChanged(asChange(change));
  };
  return { of: index.of, watch: reflect({ ...common('pods', parts), path: PODS, keep: (raw) => keepPod(raw, share), onChange }) };
}

function watchApiServer(parts: Parts): Reflector<SliceState> {
  let known = '';
  const slices = reflect({
    ...common('endpointslices', parts),
    ...API_SERVER_SLICES,
    keep: keepSlice,
    onChange: () => {
      const now = sliceAddresses(slices.store.values()).join();
      if (now === known) return;
      known = now;
      parts.listeners.apiServerChanged();
    },
  });
  return slices;
}

function common(resource: WatchedResource, { transport, listeners, timing }: Parts) {
  const { heard, failed } = listeners.health(resource);
  return { transport, timing, onError: failed, onHeard: heard };
}

function asChange<T>(change: ObjectChange<T>): Change<T> {
  switch (change.type) {
    case 'added':
      return { now: change.object };
    case 'changed':
      return { old: change.old, now: change.object };
    case 'removed':
      return { old: change.object };
  }
}
