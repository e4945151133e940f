import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { Api } from '../cluster/api.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';

const SECRET = `/api/v1/namespaces/${OWN_NAMESPACE}/secrets/portcullis-certificates`;

/** The certificate that a server on this port of 127.0.0.1 presents to whoever connects now, as PEM. */
export function presentedBy(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      const certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
      socket.destroy();
      resolve(certificate?.toString() ?? '');
    });
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no certificate from port ${port}`)));
    socket.once('error', reject);
  });
}

/** The texts in the Secret of the certificates; undefined where there is none. */
export async function secretFiles(api: Api): Promise<Readonly<Record<string, string>> | undefined> {
  const { status, body } = await api.call({ method: 'GET', path: SECRET });
  if (status === 404) return undefined;
  const data = (body.data ?? {}) as Readonly<Record<string, string>>;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

/** Replaces all texts of the Secret, as a person or cert-manager does. Answers its resourceVersion. */
export async function replaceSecret(api: Api, files: Readonly<Record<string, string>>): Promise<string | undefined> {
  const { data: _, ...secret } = await api.request('GET', SECRET);
  const data = Object.fromEntries(Object.entries(files).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
  const { resourceVersion, ...metadata } = secret.metadata ?? {};
  return (await api.request('PUT', SECRET, { ...secret, metadata, data })).metadata?.resourceVersion ?? resourceVersion;
}

export async function deleteSecret(api: Api): Promise<void> {
  await api.request('DELETE', SECRET);
}

export async function secretVersion(api: Api): Promise<string | undefined> {
  return (await api.request('GET', SECRET)).metadata?.resourceVersion;
}

/** Every distinct caBundle in the two webhook configurations, as PEM. */
export async function caBundles(api: Api): Promise<readonly string[]> {
  const collection = '/apis/admissionregistration.k8s.io/v1';
  const paths = ['validating', 'mutating'].map((kind) => `${collection}/${kind}webhookconfigurations/portcullis`);
  const configurations = await Promise.all(paths.map((path) => api.request('GET', path)));
  const entries = configurations.flatMap(
    ({ webhooks }) => webhooks as readonly { readonly clientConfig: { readonly caBundle?: string } }[],
  );
  return [...new Set(entries.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString()))];
}
