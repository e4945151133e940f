import { describe, expect, it } from 'vitest';
import { type CertificateDeps, ensureCertificates, rememberCertificates } from '../../../src/app/certificates.ts';
import type { CertificateFiles } from '../../../src/ports.ts';
import { memoryCertificateStore, readableMaker } from '../../support/certificates.ts';
import { rememberingLog, rememberingMetrics, settableClock } from '../../support/silence.ts';

const NAMES = { dns: ['gate.shop.svc'], addresses: [] };
const START = '2026-01-01T00:00:00.000Z';

function setUp(initial?: CertificateFiles, beforeWrite?: Parameters<typeof memoryCertificateStore>[1]) {
  const store = memoryCertificateStore(initial, beforeWrite);
  const maker = readableMaker();
  const clock = settableClock(START);
  const log = rememberingLog();
  const metrics = rememberingMetrics();
  const deps: CertificateDeps = { store, maker, clock, log, metrics };
  const ensure = () => ensureCertificates(deps, NAMES);
  return { store, maker, clock, log, metrics, ensure, remembering: rememberCertificates(deps, NAMES) };
}

/** The texts without their dates: `CA 1`, `leaf of CA 1, 2`. */
const short = (text: string) => text.replace(/ from \S+ to \S+/g, '').trim();
const daysLater = (days: number, hours = 0) => new Date(Date.parse(START) + (days * 24 + hours) * 3_600_000);

describe('certificates are made', () => {
  it('where there are none, with one write', async () => {
    const { ensure, store, log, metrics } = setUp();
    const { cert, key, caBundle, problems } = await ensure();
    expect({ cert: short(cert), key, caBundle: short(caBundle), problems }).toEqual({
      cert: 'leaf of CA 1, 2',
      key: 'key 2',
      caBundle: 'CA 1',
      problems: [],
    });
    expect(store.writes.map((files) => Object.keys(files).sort())).toEqual([['ca.crt', 'ca.key', 'tls.crt', 'tls.key']]);
    expect(log.lines).toEqual([
      {
        level: 'info',
        message: 'certificates renewed',
        fields: { reasons: ['renew authority: there is none yet', 'renew leaf: there is none yet'] },
      },
    ]);
    expect(metrics.events).toEqual([
      { event: 'certificate', certificate: 'authority', notAfter: daysLater(3650) },
      { event: 'certificate', certificate: 'leaf', notAfter: daysLater(90) },
    ]);
  });

  it('in a Secret that was made empty', async () => {
    const { ensure } = setUp({});
    expect(short((await ensure()).cert)).toBe('leaf of CA 1, 2');
  });

  it('once, however often they are asked for', async () => {
    const { ensure, store } = setUp();
    const first = await ensure();
    expect(await ensure()).toEqual(first);
    expect(store.writes.length).toBe(1);
  });
});

describe('certificates are renewed', () => {
  it('at two thirds of the time of the server certificate, and not before', async () => {
    const { ensure, clock } = setUp();
    await ensure();
    clock.set(daysLater(59, 23));
    expect(short((await ensure()).cert)).toBe('leaf of CA 1, 2');
    clock.set(daysLater(60));
    expect(short((await ensure()).cert)).toBe('leaf of CA 1, 3');
  });

  it('through a change of the CA, during which callers never meet a certificate that they cannot verify', async () => {
    const { ensure, clock, maker, store } = setUp();
    const seen: [day: string, cert: string, bundle: string][] = [];
    const look = async (day: number, hours = 0) => {
      clock.set(daysLater(day, hours));
      const { cert, caBundle } = await ensure();
      seen.push([`${day}d ${hours}h`, short(cert), caBundle.trim().split('\n').map(short).join(' + ')]);
    };
    for (const day of [0, 60, 2433]) await look(day);
    const due = Math.ceil((3650 * 2) / 3);
    for (const hours of [0, 1, 23, 24, 25, 47, 48]) await look(due, hours);
    expect(seen.slice(2)).toEqual([
      ['2433d 0h', 'leaf of CA 1, 4', 'CA 1'],
      ['2434d 0h', 'leaf of CA 1, 4', 'CA 5 + CA 1'],
      ['2434d 1h', 'leaf of CA 1, 4', 'CA 5 + CA 1'],
      ['2434d 23h', 'leaf of CA 1, 4', 'CA 5 + CA 1'],
      ['2434d 24h', 'leaf of CA 5, 6', 'CA 5 + CA 1'],
      ['2434d 25h', 'leaf of CA 5, 6', 'CA 5 + CA 1'],
      ['2434d 47h', 'leaf of CA 5, 6', 'CA 5 + CA 1'],
      ['2434d 48h', 'leaf of CA 5, 6', 'CA 5'],
    ]);
    expect(maker.made.length).toBe(6);
    expect(store.writes.length).toBe(6);
  });

  it('all at once where the gate was away for so long that the CA expired', async () => {
    const { ensure, clock } = setUp();
    await ensure();
    clock.set(daysLater(4000));
    const { cert, caBundle } = await ensure();
    expect([short(cert), caBundle.trim().split('\n').map(short)]).toEqual(['leaf of CA 3, 4', ['CA 3', 'CA 1']]);
  });

  it('when the server certificate was signed by a CA that is gone', async () => {
    const { ensure, store } = setUp();
    await ensure();
    const [files] = store.writes;
    const other = setUp({ ...files, 'ca.crt': `CA 9 from ${START} to ${daysLater(3650).toISOString()}` });
    expect(short((await other.ensure()).cert)).toMatch(/^leaf of CA 9,/);
  });
});

describe('what cannot be read is made anew, with a line in the log', () => {
  it.each<[string, CertificateFiles, string]>([
    ['a spoiled CA', { 'ca.crt': 'spoiled', 'ca.key': 'key', 'tls.crt': 'spoiled', 'tls.key': 'key' }, 'ca.crt cannot be read'],
    [
      'a spoiled server certificate',
      { 'ca.crt': `CA 7 from ${START} to ${daysLater(3650).toISOString()}`, 'ca.key': 'key', 'tls.crt': 'spoiled', 'tls.key': 'key' },
      'tls.crt cannot be read',
    ],
  ])('%s', async (_, files, problem) => {
    const { ensure, log } = setUp(files);
    const { problems, cert } = await ensure();
    expect([problems, cert]).toEqual([[], expect.stringMatching(/^leaf of CA \d, /)]);
    expect(log.lines[0]).toMatchObject({ level: 'warn', message: 'stored certificates cannot be used' });
    expect(log.lines[0]?.fields.problems).toContain(problem);
  });
});

describe('what is lost while the program runs', () => {
  const lose = async (store: ReturnType<typeof memoryCertificateStore>, files: CertificateFiles) =>
    expect(await store.write(files, (await store.read())?.version)).toBe('written');
  const bundle = ({ caBundle }: { caBundle: string }) => caBundle.trim().split('\n').map(short);

  it.each<[string, CertificateFiles]>([
    ['all of it', {}],
    ['the CA', { 'ca.crt': 'spoiled', 'ca.key': 'key', 'tls.crt': 'spoiled', 'tls.key': 'key' }],
  ])('%s: a new CA stands beside the one that callers trust, and the server certificate stays until they know it', async (_, rest) => {
    const { remembering, store, clock } = setUp();
    const before = await remembering();
    await lose(store, rest);
    const after = await remembering();
    expect([after.cert, after.key, bundle(after)]).toEqual([before.cert, before.key, ['CA 3', 'CA 1']]);
    expect(await remembering()).toEqual(after);
    clock.set(daysLater(1));
    expect(short((await remembering()).cert)).toBe('leaf of CA 3, 4');
  });

  it('in the middle of a change of the CA: it goes on where it was', async () => {
    const { remembering, store } = setUp();
    await remembering();
    await lose(store, {});
    const during = await remembering();
    await lose(store, {});
    expect(await remembering()).toEqual(during);
  });

  it('by somebody who gives certificates of his own: they are served, and never overwritten', async () => {
    const { remembering, store } = setUp();
    await remembering();
    const given = { 'tls.crt': `given leaf from ${START} to ${daysLater(30).toISOString()}`, 'tls.key': 'given key' };
    await lose(store, given);
    expect((await remembering()).cert).toBe(given['tls.crt']);
    expect((await store.read())?.files).toEqual(given);
  });

  it('of given certificates is made anew: nobody has the key of their CA', async () => {
    const { remembering, store } = setUp({
      'tls.crt': `given leaf from ${START} to ${daysLater(30).toISOString()}`,
      'tls.key': 'given key',
    });
    await remembering();
    await lose(store, {});
    expect(short((await remembering()).cert)).toBe('leaf of CA 1, 2');
  });
});

describe('replicas whose clocks differ', () => {
  it('what a fast one made is not valid yet for anybody else, and is made anew', async () => {
    const { ensure, clock } = setUp();
    clock.set(daysLater(0, 6));
    await ensure();
    clock.set(daysLater(0));
    const { cert, caBundle } = await ensure();
    expect([short(cert), caBundle.trim().split('\n').map(short)]).toEqual(['leaf of CA 3, 4', ['CA 3', 'CA 1']]);
    clock.set(daysLater(0, 6));
    expect((await ensure()).cert).toBe(cert);
  });
});

describe('given certificates', () => {
  const given = { 'tls.crt': `given leaf from ${START} to ${daysLater(30).toISOString()}`, 'tls.key': 'given key' };

  it('are served as they are and never overwritten, also when they are over', async () => {
    const { ensure, clock, store } = setUp(given);
    expect(await ensure()).toEqual({ cert: given['tls.crt'], key: 'given key', caBundle: '', problems: [] });
    clock.set(daysLater(31));
    expect((await ensure()).problems).toEqual(['tls.crt expired at 2026-01-31T00:00:00.000Z']);
    expect(store.writes).toEqual([]);
  });

  it('without a key are an error, and are not overwritten either', async () => {
    const { ensure, store } = setUp({ 'tls.crt': given['tls.crt'] });
    await expect(ensure()).rejects.toThrow('the given certificates have no tls.crt and tls.key');
    expect(store.writes).toEqual([]);
  });
});

describe('replicas that make certificates at the same time', () => {
  it('agree on those of the fastest', async () => {
    const store = memoryCertificateStore();
    const replicas = [1, 2, 3].map(() => ({
      store,
      maker: readableMaker(),
      clock: settableClock(START),
      log: rememberingLog(),
      metrics: rememberingMetrics(),
    }));
    const served = await Promise.all(replicas.map((deps) => ensureCertificates(deps, NAMES)));
    expect(new Set(served.map(({ cert }) => cert)).size).toBe(1);
    expect(store.writes.length).toBe(1);
  });

  it('read again what the other wrote', async () => {
    const theirs = {
      'ca.crt': `CA 8 from ${START} to ${daysLater(3650).toISOString()}`,
      'ca.key': 'key',
      'tls.crt': `leaf of CA 8, 9 from ${START} to ${daysLater(90).toISOString()}`,
      'tls.key': 'key 9',
    };
    const { ensure, store } = setUp(undefined, (replace) => replace(theirs));
    expect(await ensure()).toMatchObject({ cert: theirs['tls.crt'], key: 'key 9' });
    expect(store.writes).toEqual([]);
  });

  it('give up where the store changes at each attempt', async () => {
    const { ensure } = setUp({}, (replace) => replace({}));
    await expect(ensure()).rejects.toThrow('the stored certificates changed 5 times while they were renewed');
  });
});
