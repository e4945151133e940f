import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BookEntry, bookKey, bookKeys, bookText, readBook, unitePorts } from '../../../src/core/release.ts';
import { port } from '../../support/scan.ts';

const RECORD = { namespace: 'shop', pod: 'api', uid: 'uid-1', at: '2026-01-01T00:00:00Z', ports: [port('9999')] };
const RELEASE = { ...RECORD, reason: 'a debugger', requestedBy: 'ann' };
const dataOf = (...entries: BookEntry[]) => Object.fromEntries(entries.map((entry) => [bookKey(entry), bookText(entry)]));
const sizes = (data: Readonly<Record<string, string>>) => {
  const { quarantines, releases } = readBook(data);
  return [quarantines.size, releases.size];
};
const written = (fields: object, key = 'uid-1') => ({ [key]: JSON.stringify({ ...RELEASE, ports: ['9999/TCP'], ...fields }) });

describe('the record of quarantines and releases', () => {
  it('is read as it was written, under keys that a ConfigMap takes', () => {
    const text = fc.string({ minLength: 1 });
    const ports = fc.array(
      fc.record({ number: fc.integer({ min: 1, max: 65535 }), protocol: fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const) }),
    );
    const release = fc.record(
      { namespace: text, pod: text, uid: fc.uuid(), at: text, ports, reason: text, requestedBy: text, liftedAt: text },
      { requiredKeys: ['namespace', 'pod', 'uid', 'at', 'ports', 'reason', 'requestedBy'] },
    );
    const property = fc.property(release, (one) => {
      const { reason: _, requestedBy: __, liftedAt: ___, ...record } = one;
      const data = dataOf({ release: one }, { quarantine: record });
      expect(readBook(data)).toEqual({ quarantines: new Map([[one.uid, record]]), releases: new Map([[one.uid, one]]) });
      expect(Object.keys(data).sort()).toEqual(bookKeys(one.uid).sort());
      for (const key of Object.keys(data)) expect(key).toMatch(/^[-._a-zA-Z0-9]+$/);
    });
    fc.assert(property);
  });

  const table: Record<string, [sizes: number[], expected: number[]]> = {
    'a release': [sizes(written({})), [0, 1]],
    'a release under the key of another pod is none': [sizes(written({}, 'uid-2')), [0, 0]],
    'a release without a reason is none': [sizes(written({ reason: '' })), [0, 0]],
    'a release without a pod is none': [sizes(written({ pod: undefined })), [0, 0]],
    'a quarantine': [sizes(dataOf({ quarantine: RECORD })), [1, 0]],
    'what is not JSON is nothing': [sizes({ 'uid-1': 'yes please' }), [0, 0]],
    'a list is nothing': [sizes({ 'uid-1': '[]' }), [0, 0]],
  };
  it.each(Object.entries(table))('%s', (_, [is, expected]) => expect(is).toEqual(expected));

  it('excuses no port that is none', () => {
    const ports = ['9999/TCP', '9999/ICMP', '0/TCP', '70000/TCP', 'x/TCP', 80, null, '53/UDP', '1.5/TCP'];
    expect(readBook(written({ ports })).releases.get('uid-1')?.ports).toEqual([port('9999'), port('53/UDP')]);
    expect(readBook(written({ requestedBy: 7 })).releases.get('uid-1')?.requestedBy).toBe('somebody');
  });

  it('unites ports, each once and sorted', () => {
    expect(unitePorts([port('9999'), port('53/UDP')], [port('53'), port('9999')])).toEqual([port('53'), port('53/UDP'), port('9999')]);
  });
});
