import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { changingFile } from './changing-file.ts';
import type { Identity } from './identity.ts';
import { noAnswer } from './kube-error.ts';
import { type Environment, proxyFor } from './proxy-environment.ts';

/** Where the kubelet mounts the token of the pod's service account. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The address that the kubelet tells every pod (KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT), and the mounted folder. */
export interface ServiceAccountAccess {
  readonly kind: 'service-account';
  readonly host: string;
  readonly port: string;
  /** SERVICE_ACCOUNT_FOLDER unless given. */
  readonly folder?: string;
  /** It may name a proxy. */
  readonly env?: Environment;
}

/**
 * The identity of a pod. The kubelet renews the token long before it ends, and the next request bears the new one. The client library could
 * give it as well, but costs 370 ms and a third of the memory of the gate. Rejects where the folder cannot be read.
 */
export async function serviceAccountIdentity({
  host,
  port,
  folder = SERVICE_ACCOUNT_FOLDER,
  env = {},
}: ServiceAccountAccess): Promise<Identity> {
  const [token, ca] = [changingFile(join(folder, 'token')), changingFile(join(folder, 'ca.crt'))];
  await Promise.all([token.read(), ca.read()]).catch((error) => {
    throw noAnswer('the service account of this pod cannot be read', error, 'Credentials');
  });
  const namespace = (await readFile(join(folder, 'namespace'), 'utf8').catch(() => '')).trim();
  const server = new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
  const proxy = proxyFor(server, env);
  return {
    server,
    ...(namespace === '' ? {} : { namespace }),
    async credentials() {
      const [bearer, authority] = await Promise.all([token.read(), ca.read()]);
      const headers = { authorization: `Bearer ${bearer.trim()}` };
      return { headers, tls: { ca: authority }, ...(proxy === undefined ? {} : { proxy }) };
    },
    refused() {
      // Each request looks at the file anyway: a second one goes out with what is there now.
    },
  };
}
