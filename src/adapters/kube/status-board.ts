import { MANAGED_BY, MANAGED_BY_LABEL } from '../../core/names.ts';
import type { StatusBoard } from '../../ports.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { corePath } from './paths.ts';
import type { KubeTransport } from './transport.ts';

/** The ConfigMap in which operators see where things stand. */
export const STATUS_CONFIGMAP = 'portcullis-status';

/** The status as one ConfigMap: a key a field, lists one entry a line, so that `kubectl get -o yaml` reads well. */
export function configMapStatusBoard(transport: KubeTransport, namespace: string): StatusBoard {
  return {
    async write(status) {
      const data = Object.fromEntries(
        Object.entries(status).map(([key, value]) => [key, Array.isArray(value) ? value.join('\n') : String(value)]),
      );
      const metadata = { name: STATUS_CONFIGMAP, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } };
      await transport.request({
        method: 'PATCH',
        path: corePath('configmaps', namespace, STATUS_CONFIGMAP),
        query: { fieldManager: FIELD_MANAGER, force: true },
        contentType: 'application/apply-patch+yaml',
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
      });
    },
  };
}
