import { randomBytes } from 'node:crypto';
import { isGoodNews } from '../../core/good-news.ts';

/** What an Event is about. */
export interface EventSubject {
  readonly kind: 'Namespace' | 'Pod' | 'ConfigMap';
  readonly namespace: string;
  readonly name: string;
  /** By it `kubectl describe` finds the events of a pod. Absent: not known. */
  readonly uid?: string;
}

export interface EventText {
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
}

const CONTROLLER = 'portcullis.dev/portcullis';
/** The API takes 1024 bytes (k8s.io/kubernetes, pkg/apis/core/validation/events.go). */
const LONGEST_NOTE = 1024;
const LONGEST_INSTANCE = 128;

/** A new Event of events.k8s.io/v1, in the namespace that it is about, where the tenant sees it. `instance` is the name of our pod. */
export function eventObject(
  subject: EventSubject,
  { reason, message }: EventText,
  origin: { readonly instance: string; readonly now: Date },
) {
  const { kind, namespace, name, uid } = subject;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `portcullis.${randomBytes(8).toString('hex')}`, namespace },
    eventTime: microTime(origin.now),
    reportingController: CONTROLLER,
    reportingInstance: cutBytes(origin.instance, LONGEST_INSTANCE),
    action: 'Enforcing',
    reason,
    regarding: { apiVersion: 'v1', kind, namespace, name, ...(uid === undefined ? {} : { uid }) },
    note: cutBytes(message, LONGEST_NOTE),
    type: isGoodNews(reason) ? 'Normal' : 'Warning',
  };
}

/** The part of an Event that may change: how often it was seen, and when last. */
export function eventSeries(count: number, now: Date) {
  return { series: { count, lastObservedTime: microTime(now) } };
}

/** Go's MicroTime: RFC 3339 with six digits, and with no other number of them (kubernetes-client/javascript#828). */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

function cutBytes(text: string, longest: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= longest) return text;
  // Decoding what is cut within a character makes a replacement mark of it: that goes as well.
  return `${bytes
    .subarray(0, longest - 3)
    .toString('utf8')
    .replace(/\ufffd$/, '')}...`;
}
