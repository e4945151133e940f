import { expect } from 'vitest';
import { KubeError } from '../../src/adapters/kube/kube-error.ts';

/** What a call to a cluster throws, without the parts that differ from run to run. */
export async function failureOf(call: Promise<unknown>): Promise<Pick<KubeError, 'status' | 'reason' | 'message'>> {
  const error = await call.then(
    () => expect.fail('the call went well'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof KubeError)) throw error;
  const { status, reason, message } = error;
  return { status, reason, message };
}
