import type { AdmissionRequest } from '../admission.ts';
import { printable } from '../printable.ts';
import { asRecord, textOf } from '../unknown.ts';

/**
 * The name of the object. The request has none where the API server makes it up (case 09: `generateName` only), and where a whole
 * collection is deleted, object by object.
 */
export function nameOf({ name, object, oldObject }: Pick<AdmissionRequest, 'name' | 'object' | 'oldObject'>): string {
  const metadata = metadataOf(object ?? oldObject);
  return printable(name || textOf(metadata.name) || textOf(metadata.generateName));
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
