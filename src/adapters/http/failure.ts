/** Why a call got no verdict: the machine reason, the HTTP status and a sentence. The documentation of errors is tested against this table. */
export const FAILURES = {
  NotJSON: { status: 400, message: 'the body is not JSON' },
  NotAReview: { status: 400, message: 'the body is not an AdmissionReview of admission.k8s.io/v1 or v1beta1 with a request' },
  BadRequest: { status: 400, message: 'the request cannot be read' },
  Forbidden: { status: 403, message: 'the caller showed no certificate of the client CA' },
  NotFound: { status: 404, message: 'no such path' },
  MethodNotAllowed: { status: 405, message: 'this path does not take this method' },
  RequestTimeout: { status: 408, message: 'the request did not arrive in time' },
  RequestEntityTooLarge: { status: 413, message: 'the body is larger than 8 MiB' },
  UnsupportedMediaType: { status: 415, message: 'the body must be sent as application/json' },
  RequestHeaderFieldsTooLarge: { status: 431, message: 'the headers are too large' },
  InternalError: { status: 500, message: 'the gate failed' },
  Overloaded: { status: 503, message: 'too many calls at once' },
} as const satisfies Record<string, { status: number; message: string }>;

export type FailureReason = keyof typeof FAILURES;

/** The reason for a status that the HTTP library chose; 400 for a 4xx that the table does not know, else 500. */
export function reasonOfStatus(status: number): FailureReason {
  for (const [reason, failure] of Object.entries(FAILURES)) {
    if (failure.status === status && status !== 400 && isReason(reason)) return reason;
  }
  return status >= 400 && status < 500 ? 'BadRequest' : 'InternalError';
}

/** A Status of the Kubernetes API as JSON: the body of every answer that is no verdict. `detail` is added to the sentence of the table. */
export function failureBody(reason: FailureReason, detail = ''): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Status', ...failureStatus(reason, detail) });
}

/** The fields of a Status (meta/v1) for this reason. */
export function failureStatus(reason: FailureReason, detail = '') {
  const { status, message } = FAILURES[reason];
  return { status: 'Failure', code: status, reason, message: detail === '' ? message : `${message}: ${detail}` };
}

function isReason(text: string): text is FailureReason {
  return Object.hasOwn(FAILURES, text);
}
