import type { LeaseRecord } from '../../src/core/lease.ts';
import type { LeaseStore, StoredLease } from '../../src/ports.ts';

/** A Lease in memory, shared by everybody who holds it. `fail` makes each call reject as long as it is set. */
export interface FakeLease extends LeaseStore {
  stored: StoredLease | undefined;
  fail: Error | undefined;
  readonly written: LeaseRecord[];
}

export function fakeLease(): FakeLease {
  let version = 0;
  const lease: FakeLease = {
    stored: undefined,
    fail: undefined,
    written: [],
    async read() {
      if (lease.fail !== undefined) throw lease.fail;
      return lease.stored;
    },
    async write(record, expected) {
      if (lease.fail !== undefined) throw lease.fail;
      if (lease.stored?.version !== expected) return 'conflict';
      version += 1;
      lease.stored = { record, version: String(version) };
      lease.written.push(record);
      return 'written';
    },
  };
  return lease;
}
