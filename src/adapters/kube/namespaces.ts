import type { NamespaceState } from '../../core/cluster-state.ts';
import { asRecord, textFields, textOf } from '../../core/unknown.ts';

/** What Portcullis keeps of a Namespace. */
export function keepNamespace(raw: unknown): NamespaceState {
  const { metadata, status } = asRecord(raw);
  const { name, uid, labels, creationTimestamp, deletionTimestamp } = asRecord(metadata);
  return {
    name: textOf(name),
    uid: textOf(uid),
    labels: textFields(labels),
    terminating: textOf(deletionTimestamp) !== '' || asRecord(status).phase === 'Terminating',
    created: new Date(textOf(creationTimestamp)),
  };
}
