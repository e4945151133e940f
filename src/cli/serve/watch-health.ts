import type { WatchListener } from '../../adapters/kube/reflector.ts';
import type { Liveness } from '../../app/liveness.ts';
import type { Log, Metrics } from '../../ports.ts';
import { CLOCK } from './gate.ts';

/** Is told how one watch is doing. */
export interface WatchHealth extends WatchListener {
  /** The watch was stopped: nobody waits to hear from it. */
  ended(): void;
}

interface Told {
  readonly liveness: Liveness;
  readonly metrics: Metrics;
  readonly log: Log;
}

/**
 * To be asked once for each watch, as it begins; what it is told reaches liveness, metrics and log. The name is the API's for the resource, with
 * `/NAME` where one object of it is watched. The age in the metrics counts from the beginning, so that a watch that never hears anything shows.
 */
export function healthOfWatches({ liveness, metrics, log }: Told): (resource: string) => WatchHealth {
  return (resource) => {
    const heardNow = () => metrics.record({ event: 'watch heard', resource, at: CLOCK.now() });
    heardNow();
    return {
      heard() {
        liveness.heard(resource);
        heardNow();
      },
      failed: (error) =>
        log.warn('a watch failed and is started again', { resource, error: error instanceof Error ? error : String(error) }),
      ended() {
        liveness.ended(resource);
        metrics.record({ event: 'watch ended', resource });
      },
    };
  };
}
