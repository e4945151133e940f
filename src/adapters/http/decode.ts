import type { AdmissionRequest } from '../../core/admission.ts';
import { printable } from '../../core/printable.ts';
import { isRecord } from '../../core/unknown.ts';

/** The versions that are answered in kind (case 13). */
const REVIEW_VERSIONS = ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'] as const;
export type ReviewVersion = (typeof REVIEW_VERSIONS)[number];

/** What a body is: a review, or why it is none. `uid` and `apiVersion` are there where they could be read, so that the answer can carry them. */
export type Decoded =
  | { readonly kind: 'review'; readonly apiVersion: ReviewVersion; readonly request: AdmissionRequest }
  | {
      readonly kind: 'malformed';
      readonly reason: 'NotJSON' | 'NotAReview';
      readonly detail: string;
      readonly uid?: string;
      readonly apiVersion?: ReviewVersion;
    };

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

/** Reads an AdmissionReview. The object inside stays unknown: the decision reads of it what it needs. */
export function decodeReview(body: string): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { kind: 'malformed', reason: 'NotJSON', detail: body === '' ? 'it is empty' : '' };
  }
  if (!isRecord(value)) return { kind: 'malformed', reason: 'NotAReview', detail: 'it is not an object' };
  const apiVersion = REVIEW_VERSIONS.find((version) => version === value.apiVersion);
  const raw = value.request;
  if (apiVersion === undefined) return notAReview('apiVersion is another', undefined, raw);
  if (value.kind !== 'AdmissionReview') return notAReview('kind is another', apiVersion, raw);
  if (!isRecord(raw)) return notAReview('request is missing', apiVersion, raw);
  const request = decodeRequest(raw);
  return typeof request === 'string' ? notAReview(request, apiVersion, raw) : { kind: 'review', apiVersion, request };
}

/** The request, or what is wrong with it. Only the fields that every API server sends are required (case 12: objects may be null). */
function decodeRequest(raw: Readonly<Record<string, unknown>>): AdmissionRequest | string {
  const { uid, object, oldObject, dryRun } = raw;
  const operation = OPERATIONS.find((known) => known === raw.operation);
  const kind = groupVersion(raw.kind);
  const resource = groupVersion(raw.resource);
  const userInfo = decodeUser(raw.userInfo);
  if (typeof uid !== 'string' || uid === '') return 'request.uid is missing';
  if (operation === undefined) return 'request.operation is none of CREATE, UPDATE, DELETE, CONNECT';
  if (kind === undefined || typeof kind.fields.kind !== 'string') return 'request.kind is not {group, version, kind}';
  if (resource === undefined || typeof resource.fields.resource !== 'string') return 'request.resource is not {group, version, resource}';
  if (userInfo === undefined) return 'request.userInfo is not {username, groups}';
  if (!isOptionalText(raw.name) || !isOptionalText(raw.namespace) || !isOptionalText(raw.subResource)) {
    return 'request.name, namespace and subResource must be texts';
  }
  if (!isOptional(dryRun, 'boolean')) return 'request.dryRun is not a boolean';
  if (!isObjectOrNull(object) || !isObjectOrNull(oldObject)) return 'request.object and oldObject must be objects or null';
  return {
    uid,
    kind: { group: kind.group, version: kind.version, kind: kind.fields.kind },
    resource: { group: resource.group, version: resource.version, resource: resource.fields.resource },
    subResource: raw.subResource ?? '',
    name: printable(raw.name ?? ''),
    namespace: printable(raw.namespace ?? ''),
    operation,
    userInfo,
    object: object ?? null,
    oldObject: oldObject ?? null,
    dryRun: dryRun === true,
  };
}

/** An absent group is the core group, since Go leaves out nothing but may send an empty text. */
function groupVersion(value: unknown): { group: string; version: string; fields: Readonly<Record<string, unknown>> } | undefined {
  if (!isRecord(value)) return undefined;
  const { group = '', version } = value;
  return typeof group === 'string' && typeof version === 'string' ? { group, version, fields: value } : undefined;
}

/** Both parts may be absent (an anonymous caller of an old server); a wrong type is refused. */
function decodeUser(value: unknown): AdmissionRequest['userInfo'] | undefined {
  if (value === undefined || value === null) return { username: '', groups: [] };
  if (!isRecord(value)) return undefined;
  const username = value.username ?? '';
  const groups = value.groups ?? [];
  if (typeof username !== 'string' || !Array.isArray(groups) || !groups.every((group) => typeof group === 'string')) return undefined;
  return { username, groups };
}

function notAReview(detail: string, apiVersion: ReviewVersion | undefined, raw: unknown): Decoded {
  const uid = isRecord(raw) ? raw.uid : undefined;
  return {
    kind: 'malformed',
    reason: 'NotAReview',
    detail,
    ...(typeof uid === 'string' && uid !== '' ? { uid } : {}),
    ...(apiVersion === undefined ? {} : { apiVersion }),
  };
}

function isOptionalText(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string';
}

function isOptional(value: unknown, type: 'boolean'): boolean {
  return value === undefined || value === null || typeof value === type;
}

function isObjectOrNull(value: unknown): boolean {
  return value === undefined || value === null || isRecord(value);
}
