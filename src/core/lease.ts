/** Who leads, as the spec of a Lease says it (coordination.k8s.io/v1). Empty `holder`: nobody; the one who led let go. */
export interface LeaseRecord {
  readonly holder: string;
  readonly durationSeconds: number;
  /** RFC 3339 with microseconds, as the API server writes a MicroTime. For people: nobody else's clock is trusted. */
  readonly acquired: string;
  readonly renewed: string;
  /** How often the holder changed. */
  readonly transitions: number;
}

/** Somebody who would lead. */
export interface Claim {
  readonly holder: string;
  readonly durationSeconds: number;
  readonly now: Date;
  /** For how long we saw the record unchanged, milliseconds of a clock that never goes back. */
  readonly unchangedMs: number;
}

/**
 * The record that makes the claimant the leader, or keeps him so; undefined while somebody else leads. A holder loses the lease when he did
 * not renew it for its whole duration, as we saw it ourselves: clocks of machines differ (client-go, tools/leaderelection).
 */
export function claimLease(record: LeaseRecord | undefined, claim: Claim): LeaseRecord | undefined {
  const { holder, durationSeconds, now } = claim;
  const time = microTime(now);
  const anew = { holder, durationSeconds, acquired: time, renewed: time };
  if (record === undefined) return { ...anew, transitions: 0 };
  if (record.holder === holder) return { ...record, durationSeconds, renewed: time };
  if (record.holder !== '' && claim.unchangedMs < record.durationSeconds * 1000) return undefined;
  return { ...anew, transitions: record.transitions + 1 };
}

/** The record with which a leader lets go: the next one need not wait. */
export function releaseLease(record: LeaseRecord, now: Date): LeaseRecord {
  return { ...record, holder: '', durationSeconds: 1, renewed: microTime(now) };
}

/** The API server takes a MicroTime with six digits only (kubernetes-client/javascript#828). */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
