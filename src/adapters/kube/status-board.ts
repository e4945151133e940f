import type { StatusBoard } from '../../ports.ts';
import { ownConfigMap } from './own-configmap.ts';
import { UNHEARD, type WatchListener } from './reflector.ts';
import type { KubeTransport } from './transport.ts';

/** The ConfigMap in which operators see where things stand. */
export const STATUS_CONFIGMAP = 'portcullis-status';

/** The status as one ConfigMap: a key a field, lists one entry a line, so that `kubectl get -o yaml` reads well. */
export function configMapStatusBoard(transport: KubeTransport, namespace: string, health: WatchListener = UNHEARD): StatusBoard {
  const configMap = ownConfigMap(transport, { namespace, name: STATUS_CONFIGMAP }, health);
  return {
    write(status) {
      const data = Object.fromEntries(
        Object.entries(status).map(([key, value]) => [key, Array.isArray(value) ? value.join('\n') : String(value)]),
      );
      return configMap.write({ data });
    },
    watch: configMap.watch,
  };
}
