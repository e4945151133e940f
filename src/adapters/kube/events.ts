import type { Announcer, Clock } from '../../ports.ts';
import { type EventSubject, type EventText, eventObject, eventSeries } from './event-object.ts';
import { hasStatus } from './kube-error.ts';
import { eventPath } from './paths.ts';
import type { KubeTransport } from './transport.ts';

export interface AnnouncerOptions {
  /** The name of our pod. */
  readonly instance: string;
  /** The namespace that Portcullis runs in. */
  readonly ownNamespace: string;
  readonly clock: Clock;
  /** Told of an Event that could not be written. */
  readonly failed: (error: unknown) => void;
  /** Milliseconds between two counts of one series; 10,000 unless given. */
  readonly countEveryMs?: number;
}

/** One Event and how often it happened. */
interface Series {
  readonly subject: EventSubject;
  readonly path: string;
  readonly since: number;
  readonly made: Promise<boolean>;
  count: number;
  /** The count that was written last. */
  written: number;
  timer: NodeJS.Timeout | undefined;
}

/** What happens again within this time is counted, not written anew. */
const WINDOW_MS = 600_000;
const COUNT_EVERY_MS = 10_000;
/** Different Events about one object within the window (client-go's spam filter has the same figure). */
const EVENTS_PER_OBJECT = 25;
/** What is remembered stays bounded; the oldest is forgotten first. */
const REMEMBERED = 1_000;

/** Writes Events (events.k8s.io/v1) about pods, namespaces and the ConfigMaps of the template. It never throws and never waits: an Event is news, not a duty. */
export function kubeAnnouncer(transport: KubeTransport, options: AnnouncerOptions): Announcer {
  const known = new Map<string, Series>();
  const announce = (subject: EventSubject, text: EventText) => {
    const now = options.clock.now().getTime();
    forgetOld(known, now);
    const key = [objectKey(subject), text.reason, text.message].join('\n');
    const series = known.get(key);
    if (series !== undefined) {
      series.count += 1;
      writeCount(transport, series, options);
    } else if (eventsAbout(subject, known) < EVENTS_PER_OBJECT) {
      known.set(key, begin(transport, { subject, text }, options));
    }
  };
  return {
    namespace: (name, reason, message) => announce({ kind: 'Namespace', namespace: name, name }, { reason, message }),
    pod: ({ namespace, name, uid }, reason, message) => announce({ kind: 'Pod', namespace, name, uid }, { reason, message }),
    template: (name, reason, message) => announce({ kind: 'ConfigMap', namespace: options.ownNamespace, name }, { reason, message }),
  };
}

function begin(
  transport: KubeTransport,
  { subject, text }: { readonly subject: EventSubject; readonly text: EventText },
  { clock, instance, failed }: AnnouncerOptions,
): Series {
  const now = clock.now();
  const event = eventObject(subject, text, { instance, now });
  const made = transport.request({ method: 'POST', path: eventPath(subject.namespace), body: event }).then(
    () => true,
    (error) => {
      failed(error);
      return false;
    },
  );
  const path = eventPath(subject.namespace, event.metadata.name);
  return { subject, path, since: now.getTime(), made, count: 1, written: 1, timer: undefined };
}

/** The first repetition is written at once, further ones together after a while. */
function writeCount(transport: KubeTransport, series: Series, options: AnnouncerOptions): void {
  if (series.timer !== undefined) return;
  series.timer = setTimeout(() => {
    series.timer = undefined;
    if (series.count > series.written) writeCount(transport, series, options);
  }, options.countEveryMs ?? COUNT_EVERY_MS);
  series.timer.unref();
  void sendCount(transport, series, options);
}

async function sendCount(transport: KubeTransport, series: Series, { clock, failed }: AnnouncerOptions): Promise<void> {
  // While the Event itself was under way, an earlier call may have waited for it as well.
  if (!(await series.made) || series.count === series.written) return;
  const { count, path } = series;
  series.written = count;
  try {
    const contentType = 'application/merge-patch+json';
    await transport.request({ method: 'PATCH', path, contentType, body: eventSeries(count, clock.now()) });
  } catch (error) {
    if (!hasStatus(error, 404)) failed(error); // Events are kept for an hour, and namespaces go
  }
}

function forgetOld(known: Map<string, Series>, now: number): void {
  for (const [key, { since }] of known) {
    if (now - since < WINDOW_MS && known.size < REMEMBERED) return; // in the order of their beginning
    known.delete(key);
  }
}

function eventsAbout(subject: EventSubject, known: ReadonlyMap<string, Series>): number {
  let count = 0;
  for (const series of known.values()) if (objectKey(series.subject) === objectKey(subject)) count += 1;
  return count;
}

function objectKey({ kind, namespace, name, uid = '' }: EventSubject): string {
  return [kind, namespace, name, uid].join('\n');
}
