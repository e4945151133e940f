import type { Graph } from '../core/graph/graph.ts';
import { policyGraph } from '../core/graph/policy-graph.ts';
import type { World } from '../core/reach/world.ts';
import type { Io } from './io.ts';
import type { Picture } from './output/picture.ts';

/** What may be asked of the picture. */
export interface PictureOptions {
  readonly by?: 'workload' | 'namespace';
  readonly namespace?: readonly string[];
}

/** The most nodes that a picture of workloads has before it becomes one of namespaces: more would hardly be read on one screen. */
const READABLE = 100;

/** What the policies of a cluster, or of files, permit; by workloads, and where those are too many by namespaces, which stderr says. */
export function policyPicture(
  { world, apiServer }: { readonly world: World; readonly apiServer: readonly string[] },
  { by, namespace }: PictureOptions,
  io: Pick<Io, 'err'>,
): Picture {
  const wish = { apiServer, ...(namespace === undefined ? {} : { namespaces: namespace }) };
  const place = namespace === undefined ? '' : ` of ${namespace.join(', ')}`;
  const picture = (shown: 'workload' | 'namespace', graph: Graph): Picture => ({
    title: `What the NetworkPolicies${place} permit${shown === 'namespace' ? ' between namespaces' : ''}`,
    graph,
  });
  if (by === 'namespace') return picture(by, policyGraph(world, { ...wish, by }));
  const graph = policyGraph(world, { ...wish, by: 'workload' });
  if (by === 'workload' || graph.nodes.length <= READABLE) return picture('workload', graph);
  io.err(
    `portcullis: ${graph.nodes.length} nodes are too many for one picture: drawn by namespace, without what is inside of each; ` +
      '-n NAMESPACE draws a part, --by workload everything\n',
  );
  return picture('namespace', policyGraph(world, { ...wish, by: 'namespace' }));
}
