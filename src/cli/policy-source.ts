import { readWorld, type World } from '../core/reach/world.ts';
import type { ClusterView } from '../ports.ts';
import { type ClusterOptions, withCluster } from './cluster.ts';
import { CommandError, EXIT } from './exit-code.ts';
import { readAllObjects } from './found-objects.ts';
import type { Io } from './io.ts';

/** Where policies are looked for: files, where any are named, else the cluster. */
export interface SourceOptions extends ClusterOptions {
  readonly manifests: readonly string[];
  readonly apiServer: readonly string[];
  /** Namespaces that have to be there. */
  readonly namespace?: readonly string[];
}

/** The policies of a cluster, or of files, by namespace. */
export interface PolicyView extends Pick<ClusterView, 'policies' | 'apiServer'> {
  namespaces(): readonly { readonly name: string }[];
}

/** The policies alone: four lists, which more people may read than workloads. */
export async function findPolicies(options: SourceOptions, io: Io): Promise<PolicyView> {
  const view = options.manifests.length > 0 ? await fileView(options, io) : await clusterView(options, io);
  mustBeThere(
    options,
    view.namespaces().map(({ name }) => name),
  );
  return view;
}

/** Policies, namespaces and workloads. */
export async function findWorld(options: SourceOptions, io: Io): Promise<{ readonly world: World; readonly apiServer: readonly string[] }> {
  const found =
    options.manifests.length > 0
      ? { objects: await readAllObjects(options.manifests, io), apiServer: options.apiServer }
      : await withCluster(options, io, async (transport) => (await import('../adapters/kube/found-objects.ts')).readObjects(transport));
  const world = readWorld(found.objects, 'default');
  mustBeThere(options, [...world.namespaces.keys()]);
  return { world, apiServer: found.apiServer };
}

async function fileView(options: SourceOptions, io: Io): Promise<PolicyView> {
  const { namespaces, policies } = readWorld(await readAllObjects(options.manifests, io), 'default');
  return {
    namespaces: () => [...namespaces.keys()].map((name) => ({ name })),
    policies: (name) => policies.flatMap(({ policy }) => (policy.metadata.namespace === name ? [policy] : [])),
    apiServer: () => options.apiServer,
  };
}

async function clusterView(options: SourceOptions, io: Io): Promise<PolicyView> {
  const { readCluster } = await import('../adapters/kube/snapshot.ts');
  return withCluster(options, io, readCluster);
}

function mustBeThere({ namespace = [], manifests }: SourceOptions, there: readonly string[]): void {
  const missing = namespace.filter((name) => !there.includes(name));
  if (missing.length === 0) return;
  const place = manifests.length > 0 ? 'the manifests' : 'the cluster';
  throw new CommandError(EXIT.usage, `no such namespace in ${place}: ${missing.join(', ')}`);
}
