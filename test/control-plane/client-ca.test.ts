import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeAuthority, makeClient } from '../../src/adapters/certs/authority.ts';
import { type Api, startApi } from '../cluster/api.ts';
import { until } from '../cluster/wait.ts';
import { type Portcullis, startPortcullis } from '../support/portcullis.ts';
import { freshName } from '../support/tenant.ts';

/** The gate that answers only the API server: this one is told by an AdmissionConfiguration which certificate to show. */

let folder: string;
let api: Api;
let portcullis: Portcullis;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-client-ca-'));
  await writeIdentity();
  api = await startApi({ serverFlags: [`--admission-control-config-file=${join(folder, 'admission.yaml')}`] });
  const template = 'apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\nmode: enforce\nunlisted: enforce\n';
  portcullis = await startPortcullis(api, { template, clientCa: join(folder, 'ca.crt') });
});
afterAll(async () => {
  await portcullis?.stop();
  await api?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The CA of callers, and what the API server needs to show a certificate of it to every webhook. */
async function writeIdentity(): Promise<void> {
  const authority = await makeAuthority(new Date());
  const client = await makeClient(authority, 'kube-apiserver', new Date());
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const user = { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) };
  const kubeConfigFile = join(folder, 'webhooks.kubeconfig');
  const configuration = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'WebhookAdmissionConfiguration', kubeConfigFile };
  const plugins = ['ValidatingAdmissionWebhook', 'MutatingAdmissionWebhook'].map((name) => ({ name, configuration }));
  await writeFile(join(folder, 'ca.crt'), authority.certificate);
  await writeFile(kubeConfigFile, JSON.stringify({ apiVersion: 'v1', kind: 'Config', users: [{ name: '*', user }] }));
  const admission = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins };
  await writeFile(join(folder, 'admission.yaml'), JSON.stringify(admission));
}

it('the API server that shows a certificate of the client CA gets its verdicts', async () => {
  const namespace = await api.namespace(freshName('shop'));
  const body = { metadata: { name: 'bad' }, spec: { containers: [{ name: 'api', image: 'api', ports: [{ containerPort: 9090 }] }] } };
  const call = { method: 'POST', path: `/api/v1/namespaces/${namespace}/pods`, body } as const;
  let message: string | undefined;
  await until(
    'the refusal',
    async () => {
      const answer = await api.call(call);
      message = answer.body.message;
      return answer.status === 403;
    },
    { deadline: 30_000 },
  );
  expect(message).toContain('admission webhook "pods.validate.portcullis.dev" denied the request: ');
});

it('nobody else gets a verdict from the same gate, but may see that it is healthy', async () => {
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/portcullis';
  const { webhooks } = await api.request('GET', path);
  const [{ clientConfig }] = webhooks as readonly [{ readonly clientConfig: { readonly url: string; readonly caBundle: string } }];
  const ca = Buffer.from(clientConfig.caBundle, 'base64').toString();
  const ask = (method: string, url: URL) =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = { method, ca, headers: { 'content-type': 'application/json' } };
      const call = request(url, options, (response) => resolve(response.resume().statusCode));
      call.on('error', reject).end(method === 'POST' ? '{}' : undefined);
    });
  const url = new URL(clientConfig.url);
  expect([await ask('POST', new URL('/validate', url)), await ask('POST', new URL('/mutate', url))]).toEqual([403, 403]);
  expect(await ask('GET', new URL('/healthz', url))).toBe(200);
});
