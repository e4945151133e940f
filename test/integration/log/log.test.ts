import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/adapters/log/log.ts';
import type { Log } from '../../../src/ports.ts';

/** The lines that are written while the work is done. */
function linesOf(work: (log: Log) => void): string[] {
  const lines: string[] = [];
  work(createLog({ write: (line) => void lines.push(line) }));
  return lines;
}

function entryOf(work: (log: Log) => void): Record<string, unknown> {
  const { time, ...entry } = JSON.parse(linesOf(work)[0] ?? '');
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  return entry;
}

describe('a line of the log', () => {
  it.each<[keyof Log, string]>([
    ['info', 'info'],
    ['warn', 'warn'],
    ['error', 'error'],
  ])('of %s is one JSON object with level, time, message and fields', (level, expected) => {
    expect(entryOf((log) => log[level]('pods gated', { namespace: 'shop', count: 3, names: ['a', 'b'], ready: true }))).toEqual({
      level: expected,
      msg: 'pods gated',
      namespace: 'shop',
      count: 3,
      names: ['a', 'b'],
      ready: true,
    });
  });

  it('shows the message and the stack of an error', () => {
    const entry = entryOf((log) => log.error('failed', { error: new Error('no route') }));
    expect(entry.error).toEqual({ message: 'no route', stack: expect.stringContaining('log.test.ts') });
  });
});

describe('a hostile name', () => {
  it.each([
    ['a line break', 'pod\n{"level":"error","msg":"forged"}'],
    ['a terminal code', 'pod\u001b]0;owned\u0007\u001b[2J'],
    ['a C1 control', 'pod\u009b2J'],
    ['a mark that turns text around', 'pod\u202egnp.exe'],
    ['a line separator', 'pod\u2028next'],
  ])('with %s forges no line and drives no terminal', (_, name) => {
    const lines = linesOf((log) => log.info(name, { name, names: [name], error: new Error(name), [name]: name }));
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*\n$/u);
  });

  it('of millions of letters is cut: a review may bring one', () => {
    expect(entryOf((log) => log.info('x', { name: 'a'.repeat(2_000_000) })).name).toBe(`${'a'.repeat(4096)}… (2000000 characters)`);
  });

  it('of any kind stays within its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const lines = linesOf((log) => log.info('x', { name }));
        expect(lines.join('').split('\n').length).toBe(2);
        expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'x' });
      }),
    );
  });
});

describe('a secret', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n';

  it.each(['key', 'tls.key', 'token', 'password', 'clientSecret', 'Authorization'])('in a field %s is not written', (field) => {
    expect(entryOf((log) => log.info('x', { [field]: 'hunter2' }))).toEqual({ level: 'info', msg: 'x', [field]: '(left out)' });
  });

  it('in the text of an error is not written', () => {
    const [line] = linesOf((log) => log.error(`cannot read ${key}`, { error: new Error(key), text: key, texts: [key] }));
    expect(line).not.toContain('MIIEvQ');
    expect(line).toContain('(private key left out)');
  });
});
