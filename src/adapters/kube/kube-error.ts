import { printable } from '../../core/printable.ts';
import { asRecord, textOf } from '../../core/unknown.ts';
import { withoutSecrets } from '../../core/without-secrets.ts';

/** What went wrong where no answer of the API server says so. */
export type NoAnswer = 'Unreachable' | 'Timeout' | 'Aborted' | 'Credentials' | 'TooLarge' | 'Malformed';

/** Characters. The longest of ours, of a denied workload, has about 2,000. */
const LONGEST_MESSAGE = 4096;

/**
 * A call that did not bring what was asked for. What it says is one line without control characters, of bounded length, whatever the server, or who
 * sits between, has answered; and no secret that such an answer quotes.
 */
export class KubeError extends Error {
  /** HTTP status, or the code of a Status object; 0 where there was no answer. */
  readonly status: number;
  /** `reason` of the Status (`NotFound`, `Conflict`, `Expired`, ...), or why there is no answer. */
  readonly reason: string;
  /** From the Retry-After header, or from the details of the Status. */
  readonly retryAfterSeconds?: number;
  /** The error code of the network, like ECONNRESET. */
  readonly code?: string;

  constructor(message: string, fields: KubeErrorFields) {
    super(oneLine(message), fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'KubeError';
    this.status = fields.status;
    this.reason = fields.reason;
    if (fields.retryAfterSeconds !== undefined) this.retryAfterSeconds = fields.retryAfterSeconds;
    if (fields.code !== undefined) this.code = fields.code;
  }
}

export interface KubeErrorFields {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

/** The lines of a message one behind the other. */
function oneLine(message: string): string {
  const told = withoutSecrets(message); // before the cut, which would hide half a token from it
  const whole = told.length <= LONGEST_MESSAGE ? told : `${told.slice(0, LONGEST_MESSAGE)}… (${told.length} characters)`;
  const lines = whole.split(/[\r\n]/);
  return printable(
    lines
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join(' / '),
  );
}

/** Whether the error is a KubeError of this HTTP status. */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof KubeError && error.status === status;
}

/** Whether the API server is away or busy: the same call may succeed as soon as it is back, whatever the call is about. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 0 || error.status === 429 || error.status >= 500);
}

/**
 * The error of a Status object (Kubernetes API conventions, "Response Status Kind"), as the body of an HTTP answer or as the object of an
 * ERROR event. `what` names the call for people. A body that is no Status is cut to a line.
 */
export function statusError(what: string, body: unknown, http: { readonly status?: number; readonly retryAfter?: string } = {}): KubeError {
  const status = asRecord(body);
  const code = http.status ?? (typeof status.code === 'number' ? status.code : 0);
  const said = textOf(status.message) || (typeof body === 'string' ? body.trim().slice(0, 200) : '') || 'no reason given';
  return new KubeError(`${what}: ${code} ${said}`, {
    status: code,
    reason: textOf(status.reason) || 'Unknown',
    retryAfterSeconds: seconds(http.retryAfter) ?? seconds(asRecord(status.details).retryAfterSeconds),
  });
}

/** The error of a call that brought no answer, with the reason in it. An error that is one already stays as it is. */
export function noAnswer(what: string, error: unknown, reason: NoAnswer = 'Unreachable'): KubeError {
  if (error instanceof KubeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return new KubeError(`${what}: ${message}`, { status: 0, reason, code, cause: error });
}

/** Kubernetes sends whole seconds; the other form of the header (a date, RFC 9110) is read as well. */
function seconds(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value === '') return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
