import type { Stop } from '../../ports.ts';
import { reflect, type WatchListener } from './reflector.ts';
import type { KubeTransport } from './transport.ts';

export interface RemovalWatch {
  /** Of the collection: `/api/v1/namespaces/NAMESPACE/configmaps`. */
  readonly path: string;
  readonly name: string;
  /** The object was there and is gone; also where that happened while nothing could be heard. */
  removed(): void;
  readonly health: WatchListener;
}

/** Watches one object of a collection for its deletion. Stops when asked to. */
export function watchRemoval(transport: KubeTransport, { path, name, removed, health }: RemovalWatch): Stop {
  const watch = reflect({
    transport,
    path,
    query: { fieldSelector: `metadata.name=${name}` },
    keep: () => ({}),
    onChange: ({ type }) => {
      if (type === 'removed') removed();
    },
    onError: health.failed,
    onHeard: health.heard,
  });
  return watch.stop;
}
