import type { AdmissionRequest } from '../admission.ts';
import { asRecord, textOf } from '../unknown.ts';

/** The name of the object; a new one that the API server names may have its `generateName` only (case 09). */
export function nameOf({ name, object }: Pick<AdmissionRequest, 'name' | 'object'>): string {
  const metadata = metadataOf(object);
  return name || textOf(metadata.name) || textOf(metadata.generateName);
}

/** The labels of any object; values that are no text are kept as they are. */
export function labelsIn(object: unknown): Readonly<Record<string, unknown>> {
  return asRecord(metadataOf(object).labels);
}

/** Whether an update is about an object that is being deleted: it always passes, or its finalizers would hold it for ever. */
export function isBeingDeleted({ operation, oldObject }: Pick<AdmissionRequest, 'operation' | 'oldObject'>): boolean {
  return operation === 'UPDATE' && textOf(metadataOf(oldObject).deletionTimestamp) !== '';
}

function metadataOf(object: unknown): Readonly<Record<string, unknown>> {
  return asRecord(asRecord(object).metadata);
}
