import type { Credentials, Identity } from './identity.ts';
import { hasStatus } from './kube-error.ts';

/** Does what needs credentials. A 401 says that nothing was done, and perhaps only that a token has just been replaced: the identity is asked once more. */
export async function twiceIfRefused<T>(identity: Identity, send: (credentials: Credentials) => Promise<T>): Promise<T> {
  const credentials = await identity.credentials();
  try {
    return await send(credentials);
  } catch (error) {
    if (!hasStatus(error, 401)) throw error;
    identity.refused(credentials);
    return send(await identity.credentials());
  }
}
