import type { AdmissionAnswer, JsonPatch } from '../../core/admission.ts';
import type { ReviewVersion } from './decode.ts';
import { type FailureReason, failureBody, failureStatus } from './failure.ts';
import { plainLines } from './plain-text.ts';
import { fittingWarnings } from './warnings.ts';

/** The reason words of a Status (meta/v1) that kubectl prints in `Error from server (Forbidden)`. */
const STATUS_REASONS = { 403: 'Forbidden', 422: 'Invalid', 500: 'InternalError' } as const;

/** Longer messages help nobody; the API server passes them on whole. */
const MESSAGE_LENGTH = 16_384;

/** The review to answer: its version and uid are repeated (case 13). */
export interface ReviewHead {
  readonly apiVersion: ReviewVersion;
  readonly uid: string;
}

/** An AdmissionReview with the response, as JSON. A denial is an answer like any other: it is sent with HTTP 200. */
export function encodeAnswer(review: ReviewHead, answer: AdmissionAnswer): string {
  const { apiVersion, uid } = review;
  const head = `{"apiVersion":"${apiVersion}","kind":"AdmissionReview","response":{"uid":${JSON.stringify(uid)},"allowed":${answer.allowed}`;
  return `${head}${statusField(answer)}${patchField(answer)}${warningsField(answer.warnings)}${annotationsField(answer.auditAnnotations)}}}`;
}

/** The answer to a review that could not be read but whose uid could; a plain Status where not even that was there. */
export function encodeMalformed(reason: FailureReason, detail: string, head: Partial<ReviewHead>): string {
  if (head.uid === undefined) return failureBody(reason, detail);
  const apiVersion = head.apiVersion ?? 'admission.k8s.io/v1';
  const response = { uid: head.uid, allowed: false, status: failureStatus(reason, detail) };
  return JSON.stringify({ apiVersion, kind: 'AdmissionReview', response });
}

function statusField(answer: AdmissionAnswer): string {
  if (answer.allowed) return '';
  const message = plainLines(answer.message).slice(0, MESSAGE_LENGTH);
  return `,"status":${JSON.stringify({ status: 'Failure', code: answer.code, reason: STATUS_REASONS[answer.code], message })}`;
}

function patchField(answer: AdmissionAnswer): string {
  const patch: JsonPatch = answer.allowed ? (answer.patch ?? []) : [];
  return patch.length === 0 ? '' : `,"patchType":"JSONPatch","patch":"${Buffer.from(JSON.stringify(patch)).toString('base64')}"`;
}

function warningsField(warnings: readonly string[]): string {
  if (warnings.length === 0) return '';
  const fitting = fittingWarnings(warnings);
  return fitting.length === 0 ? '' : `,"warnings":${JSON.stringify(fitting)}`;
}

function annotationsField(annotations: Readonly<Record<string, string>>): string {
  for (const _ in annotations) return `,"auditAnnotations":${JSON.stringify(annotations)}`;
  return '';
}
