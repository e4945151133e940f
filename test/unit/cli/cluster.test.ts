import { describe, expect, it } from 'vitest';
import { KubeError } from '../../../src/adapters/kube/kube-error.ts';
import { asCommandError } from '../../../src/cli/cluster.ts';

const SERVER = 'https://10.0.0.1:6443';
const failed = (message: string, status: number, reason: string) => new KubeError(message, { status, reason });

describe('what the cluster fails at', () => {
  it.each<[string, KubeError, string]>([
    [
      'an API server that does not answer is named, with what to look at',
      failed('GET /api: connect ECONNREFUSED', 0, 'Unreachable'),
      `the cluster at ${SERVER}: GET /api: connect ECONNREFUSED; is it up, and is it the one of your context? (kubectl cluster-info)`,
    ],
    [
      'so is one that is slow',
      failed('GET /api: no answer in 10 s', 0, 'Timeout'),
      `the cluster at ${SERVER}: GET /api: no answer in 10 s`,
    ],
    [
      'a login that ended',
      failed('GET /api: 401 Unauthorized', 401, 'Unauthorized'),
      'the cluster: GET /api: 401 Unauthorized; log in again, or name another context with --context',
    ],
    ['a right that is missing', failed('GET /api: 403 may not list', 403, 'Forbidden'), 'the cluster: GET /api: 403 may not list'],
  ])('%s', (_, error, message) => {
    expect(asCommandError(error, { server: SERVER })).toMatchObject({ name: 'CommandError', code: 3, message });
  });

  it('is nothing else', () => {
    const ours = new Error('a mistake of ours');
    expect(asCommandError(ours)).toBe(ours);
  });
});
