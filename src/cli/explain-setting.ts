import type { Authority } from '../core/authority.ts';
import type { Setting } from '../core/explain/setting.ts';
import { readWorld } from '../core/reach/world.ts';
import { type ClusterOptions, withCluster } from './cluster.ts';
import { readAllObjects } from './found-objects.ts';
import type { Io } from './io.ts';
import { liveTemplate, ownNamespace } from './live-template.ts';
import { loadTemplate } from './load-template.ts';

export interface SettingOptions extends ClusterOptions {
  readonly template?: string;
  readonly manifests: readonly string[];
  readonly namespace?: string;
  readonly apiServer: readonly string[];
}

/** The setting of a question, and the namespace of names that say none. */
export interface GatheredSetting {
  readonly setting: Setting;
  readonly namespace: string;
}

/**
 * With a template and manifests all comes from files, and no cluster is asked. Else the cluster is read once; a template given is taken
 * instead of the one in force, and the objects of manifests are added to those that are there.
 */
export async function gatherSetting(options: SettingOptions, io: Io): Promise<GatheredSetting> {
  const extra = await readAllObjects(options.manifests, io);
  const given = options.template === undefined ? undefined : await loadTemplate(options.template, { ownNamespace: ownNamespace(io) });
  if (given !== undefined && options.manifests.length > 0) {
    const namespace = options.namespace ?? 'default';
    const world = readWorld(extra, namespace);
    const names = new Set([...world.namespaces.keys(), ...exactNames(given)]);
    const facts = { namespaces: [...names].sort(), apiServer: options.apiServer };
    return { namespace, setting: { authority: given, world, facts, policiesAreReal: false } };
  }
  const { readObjects } = await import('../adapters/kube/found-objects.ts');
  return withCluster(options, io, async (transport) => {
    const namespace = options.namespace ?? transport.namespace ?? 'default';
    const [found, authority] = await Promise.all([readObjects(transport), given ?? liveTemplate(transport, ownNamespace(io))]);
    const world = readWorld([...extra, ...found.objects], namespace);
    const facts = { namespaces: [...world.namespaces.keys()].sort(), apiServer: found.apiServer };
    return { namespace, setting: { authority, world, facts, policiesAreReal: true } };
  });
}

/** The namespaces that the template lists by their exact names: without a cluster they count as there. */
function exactNames({ template }: Authority): string[] {
  return template.namespaces.flatMap(({ name }) => (name.endsWith('*') ? [] : [name]));
}
