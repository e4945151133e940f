import { QUARANTINE_LABEL } from '../../core/names.ts';
import { asRecord, textFields, textOf } from '../../core/unknown.ts';
import type { QuarantineLabel } from '../../ports.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { hasStatus } from './kube-error.ts';
import { corePath } from './paths.ts';
import type { KubeTransport } from './transport.ts';

/**
 * The label of pods at the API server. The uid in the patch is a precondition, since nobody can change it: another pod that has got the name
 * meanwhile stays as it is (seen: 422, `metadata.uid: field is immutable`). What is invalid for another reason is an error.
 */
export function kubeQuarantineLabel(transport: KubeTransport): QuarantineLabel {
  return {
    async put({ namespace, name, uid }, quarantined) {
      try {
        await transport.request({
          method: 'PATCH',
          path: corePath('pods', namespace, name),
          query: { fieldManager: FIELD_MANAGER },
          contentType: 'application/merge-patch+json',
          body: { metadata: { uid, labels: { [QUARANTINE_LABEL]: quarantined ? 'true' : null } } },
        });
        return 'put';
      } catch (error) {
        if (hasStatus(error, 404)) return 'gone';
        const now = hasStatus(error, 422) || hasStatus(error, 409) ? await readQuarantine(transport, namespace, name) : { uid };
        if (now?.uid === uid) throw error;
        return 'gone';
      }
    },
  };
}

/** A pod as far as a release must know it. */
export interface QuarantinedPod {
  readonly uid: string;
  readonly quarantined: boolean;
}

/** The pod now; undefined where there is none of that name. */
export async function readQuarantine(transport: KubeTransport, namespace: string, name: string): Promise<QuarantinedPod | undefined> {
  try {
    const { metadata } = asRecord(await transport.request({ method: 'GET', path: corePath('pods', namespace, name) }));
    const { uid, labels } = asRecord(metadata);
    return { uid: textOf(uid), quarantined: textFields(labels)[QUARANTINE_LABEL] === 'true' };
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
