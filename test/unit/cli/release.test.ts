import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../src/cli/exit-code.ts';
import { releaseRequest } from '../../../src/cli/release.ts';

/** The pod that the words name, or what is wrong with them. */
function named(pod: string, namespace?: string, words: { reason?: string; timeout?: string } = {}): string {
  try {
    const options = { reason: 'a debugger', timeout: '30', ...words, ...(namespace === undefined ? {} : { namespace }) };
    const request = releaseRequest(pod, options);
    return `${request.namespace} ${request.pod}`;
  } catch (error) {
    if (error instanceof CommandError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe('portcullis release', () => {
  const table: Record<string, [said: string, expected: string]> = {
    'takes NAMESPACE/POD': [named('shop/api'), 'shop api'],
    'takes pod/POD with -n, as kubectl does': [named('pod/api', 'shop'), 'shop api'],
    'takes a bare name with -n': [named('api', 'shop'), 'shop api'],
    'takes a namespace that is called pod': [named('pod/api'), 'pod api'],
    'takes the namespace twice where it is the same': [named('shop/api', 'shop'), 'shop api'],
    'wants to know the namespace': [named('api'), '2: api: write NAMESPACE/POD, or pod/POD with -n NAMESPACE'],
    'wants to know the pod': [named('shop/'), '2: shop/: write NAMESPACE/POD, or pod/POD with -n NAMESPACE'],
    'takes no path': [named('a/b/c'), '2: a/b/c: write NAMESPACE/POD, or pod/POD with -n NAMESPACE'],
    'takes no two namespaces': [named('shop/api', 'web'), '2: shop/api and -n web name two namespaces'],
    'wants a reason': [named('shop/api', undefined, { reason: '  ' }), '2: --reason: say why, for those who look later'],
    'wants seconds': [named('shop/api', undefined, { timeout: '1m' }), '2: --timeout 1m: write a number of seconds'],
  };
  it.each(Object.entries(table))('%s', (_, [said, expected]) => expect(said).toBe(expected));
});
