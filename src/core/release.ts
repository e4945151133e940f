import { comparePorts, formatPort, isPortNumber, type Port, PROTOCOLS } from './port.ts';
import { asList, asRecord, textOf } from './unknown.ts';

/** Why a pod is in quarantine. Written before the pod is labelled, so that no restart forgets it. */
export interface QuarantineRecord {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly at: string;
  readonly ports: readonly Port[];
}

/** Somebody's wish that a pod leaves its quarantine, and the trail of it. */
export interface Release extends QuarantineRecord {
  readonly reason: string;
  /** Who asked, by his own word; the API server's audit log is the truth. */
  readonly requestedBy: string;
  /** When the label was taken off; absent while that is still to be done. */
  readonly liftedAt?: string;
}

/** Everything that is on record, by the uid of the pod. */
export interface ReleaseBook {
  readonly quarantines: ReadonlyMap<string, QuarantineRecord>;
  readonly releases: ReadonlyMap<string, Release>;
}

/** Under which key a quarantine stands; a release stands under the uid alone. */
const QUARANTINE_SUFFIX = '.quarantine';

export type BookEntry = { readonly release: Release } | { readonly quarantine: QuarantineRecord };

/** The key of an entry. */
export function bookKey(entry: BookEntry): string {
  return 'release' in entry ? entry.release.uid : `${entry.quarantine.uid}${QUARANTINE_SUFFIX}`;
}

/** The keys of a pod. */
export function bookKeys(uid: string): string[] {
  return [uid, `${uid}${QUARANTINE_SUFFIX}`];
}

/** An entry as the text that people read. */
export function bookText(entry: BookEntry): string {
  const record = 'release' in entry ? entry.release : entry.quarantine;
  return JSON.stringify({ ...record, ports: record.ports.map(formatPort) });
}

/** Reads the book. What has not the shape of an entry, or stands under the key of another, is left out: nobody is released by a slip. */
export function readBook(data: Readonly<Record<string, string>>): ReleaseBook {
  const quarantines = new Map<string, QuarantineRecord>();
  const releases = new Map<string, Release>();
  for (const [key, text] of Object.entries(data)) {
    const fields = parse(text);
    const record = readRecord(fields);
    if (record === undefined) continue;
    const release = readRelease(record, fields);
    if (key === record.uid && release !== undefined) releases.set(key, release);
    if (key === bookKey({ quarantine: record })) quarantines.set(record.uid, record);
  }
  return { quarantines, releases };
}

/** Both lists, each port once, sorted. */
export function unitePorts(...lists: readonly (readonly Port[])[]): Port[] {
  return [...new Map(lists.flat().map((port) => [formatPort(port), port])).values()].sort(comparePorts);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return asRecord(undefined);
  }
}

function readRecord(fields: Readonly<Record<string, unknown>>): QuarantineRecord | undefined {
  const [namespace, pod, uid, at] = ['namespace', 'pod', 'uid', 'at'].map((field) => textOf(fields[field]));
  if (!namespace || !pod || !uid || !at) return undefined;
  return { namespace, pod, uid, at, ports: asList(fields.ports).flatMap(readPort) };
}

function readRelease(record: QuarantineRecord, fields: Readonly<Record<string, unknown>>): Release | undefined {
  const reason = textOf(fields.reason);
  if (reason === '') return undefined;
  const liftedAt = textOf(fields.liftedAt);
  return { ...record, reason, requestedBy: textOf(fields.requestedBy) || 'somebody', ...(liftedAt === '' ? {} : { liftedAt }) };
}

function readPort(value: unknown): Port[] {
  const [number, name] = textOf(value).split('/');
  const protocol = PROTOCOLS.find((one) => one === name);
  return protocol !== undefined && isPortNumber(Number(number)) ? [{ number: Number(number), protocol }] : [];
}
