import { describe, expect, it } from 'vitest';
import { localTargets } from '../../../src/cli/scan-words.ts';

describe('--scan-target', () => {
  it('names pods, their addresses, and the processes that stand for them', () => {
    expect(localTargets(['shop/api=127.0.0.5,pid=4711', 'shop/web=fd00::7'])).toEqual([
      { namespace: 'shop', name: 'api', address: '127.0.0.5', pid: 4711 },
      { namespace: 'shop', name: 'web', address: 'fd00::7' },
    ]);
    expect(localTargets([])).toEqual([]);
  });

  it.each([
    '',
    'shop',
    'shop/api',
    'shop/api=',
    '/api=127.0.0.5',
    'shop/=127.0.0.5',
    'shop/api=127.0.0.5,pid=',
    'shop/api=127.0.0.5,pid=x',
    'a/b/c=127.0.0.5',
  ])('says what to write instead of "%s"', (value) => {
    expect(() => localTargets(['shop/api=127.0.0.5', value])).toThrow(
      expect.objectContaining({
        code: 2,
        message: `--scan-target ${value}: write NAMESPACE/POD=ADDRESS or NAMESPACE/POD=ADDRESS,pid=NUMBER, like shop/api=10.0.0.7`,
      }),
    );
  });
});
