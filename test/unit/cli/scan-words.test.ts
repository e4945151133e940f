import { describe, expect, it } from 'vitest';
import { localTargets, readScope } from '../../../src/cli/scan-words.ts';

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

  it('is no name of a host', () => {
    expect(() => localTargets(['shop/api=api.shop.svc'])).toThrow(
      expect.objectContaining({ code: 2, message: '--scan-target shop/api=api.shop.svc: "api.shop.svc" is no IP address' }),
    );
  });
});

describe('the pods that are meant', () => {
  const NONE = {};
  it.each<[string, Parameters<typeof readScope>[0], string | undefined, object]>([
    ['are all, where nothing is named', NONE, undefined, {}],
    ['are those of a namespace', { namespace: 'shop' }, undefined, { namespace: 'shop' }],
    ['are all with -A, as kubectl has it', { namespace: 'shop', allNamespaces: true }, undefined, {}],
    ['are one, in the namespace of the context', NONE, 'api', { namespace: 'of-context', pod: 'api' }],
    ['are one, in the namespace of -n', { namespace: 'shop' }, 'api', { namespace: 'shop', pod: 'api' }],
    ['are one, by both names', NONE, 'shop/api', { namespace: 'shop', pod: 'api' }],
    ['are one, named twice alike', { namespace: 'shop' }, 'shop/api', { namespace: 'shop', pod: 'api' }],
  ])('%s', (_, words, pod, scope) => expect(readScope(words, pod)('of-context')).toEqual(scope));

  it.each<[Parameters<typeof readScope>[0], string, string]>([
    [{ allNamespaces: true }, 'api', 'api is one pod: leave out -A, or the pod'],
    [{ namespace: 'web' }, 'shop/api', 'shop/api is in namespace shop, and -n says web: leave one of them out'],
    [NONE, 'a/b/c', 'a/b/c: write POD or NAMESPACE/POD'],
    [NONE, '/api', '/api: write POD or NAMESPACE/POD'],
    [NONE, 'shop/', 'shop/: write POD or NAMESPACE/POD'],
  ])('are a mistake that is named: %j %s', (words, pod, message) => {
    expect(() => readScope(words, pod)).toThrow(expect.objectContaining({ code: 2, message }));
  });
});
