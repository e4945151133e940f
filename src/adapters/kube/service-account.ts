import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Identity } from './identity.ts';
import { noAnswer } from './kube-error.ts';

/** Where the kubelet mounts the token of the pod's service account. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The address that the kubelet tells every pod (KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT), and the mounted folder. */
export interface ServiceAccountAccess {
  readonly kind: 'service-account';
  readonly host: string;
  readonly port: string;
  /** SERVICE_ACCOUNT_FOLDER unless given. */
  readonly folder?: string;
}

/** The kubelet renews a token long before it ends; client-go reads the file once a minute too. */
const REREAD_MS = 60_000;

/**
 * The identity of a pod. The client library could give it as well, but costs 370 ms and a third of the memory of the gate. Rejects where
 * the folder cannot be read.
 */
export async function serviceAccountIdentity(
  { host, port, folder = SERVICE_ACCOUNT_FOLDER }: ServiceAccountAccess,
  clock: () => number = () => performance.now(),
): Promise<Identity> {
  const read = async () => ({
    readAt: clock(),
    token: (await readFile(join(folder, 'token'), 'utf8')).trim(),
    ca: await readFile(join(folder, 'ca.crt'), 'utf8'),
  });
  let mounted = await read().catch((error) => {
    throw noAnswer('the service account of this pod cannot be read', error, 'Credentials');
  });
  const namespace = (await readFile(join(folder, 'namespace'), 'utf8').catch(() => '')).trim();
  return {
    server: new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`),
    ...(namespace === '' ? {} : { namespace }),
    async credentials() {
      // A mount that is being replaced may be unreadable for a moment: the old token still holds.
      if (clock() - mounted.readAt > REREAD_MS) mounted = await read().catch(() => mounted);
      return { headers: { authorization: `Bearer ${mounted.token}` }, tls: { ca: mounted.ca } };
    },
  };
}
