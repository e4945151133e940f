/** The words of admission.k8s.io/v1 as far as a decision needs them, and the answers as values: a decision never sets an HTTP code. */

export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource: string;
  /** Empty where the object has only a generateName. */
  readonly name: string;
  /** Empty for cluster-scoped objects. The namespace of a decision is always this one, never the object's (case 09). */
  readonly namespace: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly userInfo: { readonly username: string; readonly groups: readonly string[] };
  /** Null on DELETE. */
  readonly object: unknown;
  /** Null on CREATE, and on DELETE by old API servers (case 12). */
  readonly oldObject: unknown;
  readonly dryRun: boolean;
}

export type JsonPatch = readonly { readonly op: 'add' | 'remove' | 'replace' | 'test'; readonly path: string; readonly value?: unknown }[];

/** What the gate answers. `reason` is for metrics and the log; `message` and `warnings` are for people. */
export type AdmissionAnswer =
  | {
      readonly allowed: true;
      readonly reason: string;
      readonly warnings: readonly string[];
      readonly auditAnnotations: Readonly<Record<string, string>>;
      readonly patch?: JsonPatch;
    }
  | {
      readonly allowed: false;
      readonly reason: string;
      readonly message: string;
      /** 403 for a denial, 422 for an object that cannot be right, 500 where the gate itself failed. */
      readonly code: 403 | 422 | 500;
      readonly warnings: readonly string[];
      readonly auditAnnotations: Readonly<Record<string, string>>;
    };

/** Admitted. */
export function allowed(reason: string, warnings: readonly string[] = []): Extract<AdmissionAnswer, { allowed: true }> {
  return { allowed: true, reason, warnings, auditAnnotations: {} };
}

/** Refused for a reason that the user can mend. */
export function denied(reason: string, message: string): AdmissionAnswer {
  return { allowed: false, reason, message, code: 403, warnings: [], auditAnnotations: {} };
}

/** Refused since the object cannot be right: the API server would refuse it as well. */
export function invalid(message: string): AdmissionAnswer {
  return { allowed: false, reason: 'invalid', message, code: 422, warnings: [], auditAnnotations: {} };
}
