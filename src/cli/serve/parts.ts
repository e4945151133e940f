import type { ClusterWatch } from '../../adapters/kube/cluster-view.ts';
import type { KubeTransport } from '../../adapters/kube/transport.ts';
import type { ReadableMetrics } from '../../adapters/metrics/metrics.ts';
import type { ObservedPairs } from '../../app/observed-pairs.ts';
import type { TemplateKeeper } from '../../app/template-keeper.ts';
import type { Log } from '../../ports.ts';
import type { ServeOptions } from './options.ts';
import type { WatchHealth } from './watch-health.ts';

/** Everything that both roles share. */
export interface ClusterParts {
  readonly options: ServeOptions;
  readonly transport: KubeTransport;
  readonly metrics: ReadableMetrics;
  readonly log: Log;
  readonly watch: ClusterWatch;
  readonly keeper: TemplateKeeper;
  readonly observed: ObservedPairs;
  /** Asked once for each watch, as it begins; see healthOfWatches. */
  readonly health: (resource: string) => WatchHealth;
  /** `system:serviceaccount:NAMESPACE:portcullis-controller`. */
  readonly controllerUser: string;
}
