import { randomBytes } from 'node:crypto';
import type { Api } from './api.ts';
import { until } from './wait.ts';

/** The parts of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration that matter here; deploy/ has whole ones. */
export interface WebhookConfiguration {
  readonly kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration';
  readonly metadata: { readonly name: string };
  readonly webhooks: readonly Webhook[];
}

interface Webhook {
  readonly name: string;
  readonly clientConfig: { readonly service?: { readonly path?: string }; readonly url?: string };
  /** Rules, selectors and the rest go to the server as they are. */
  readonly [field: string]: unknown;
}

/** A server on 127.0.0.1 and the PEM of the CA that its certificate is verified with. */
export interface WebhookServer {
  readonly port: number;
  readonly ca: string;
}

/**
 * Makes the configurations, each webhook pointed at the server (the path is kept), and waits until they are in force. One of the same
 * name is replaced. Answers an action that removes them and waits until they no longer are in force.
 */
export async function pointWebhooks(
  api: Api,
  server: WebhookServer,
  configurations: readonly WebhookConfiguration[],
): Promise<() => Promise<void>> {
  for (const configuration of configurations) await replace(api, aimed(configuration, server));
  await webhooksInForce(api);
  return async () => {
    for (const configuration of configurations) await remove(api, configuration);
    await webhooksInForce(api);
  };
}

/** The configuration with the server's address in place of the Service's. */
function aimed(configuration: WebhookConfiguration, { port, ca }: WebhookServer): WebhookConfiguration {
  const caBundle = Buffer.from(ca).toString('base64');
  const webhooks = configuration.webhooks.map((webhook) => {
    const { service, url } = webhook.clientConfig;
    const path = url === undefined ? (service?.path ?? '/') : new URL(url).pathname;
    return { ...webhook, clientConfig: { url: `https://127.0.0.1:${port}${path}`, caBundle } };
  });
  return { ...configuration, webhooks };
}

/**
 * Waits until all webhook configurations written so far are in force. The server takes them up a few milliseconds late, in the order in
 * which they were written, kind by kind. So one more of each kind is made, for a Lease that is only tried (dryRun) and whose webhook
 * nobody serves: as soon as the server refuses the Lease with that webhook's name, the earlier ones are in force too.
 */
async function webhooksInForce(api: Api): Promise<void> {
  for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const) await sentinelInForce(api, kind);
}

async function sentinelInForce(api: Api, kind: WebhookConfiguration['kind']): Promise<void> {
  const id = randomBytes(4).toString('hex');
  const configuration = sentinel(kind, id);
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: id, labels: { 'cluster.test/sentinel': id } } };
  const isRefused = async () => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases?dryRun=All';
    const { body } = await api.call({ method: 'POST', path, body: lease });
    return body.message?.includes(`${id}.cluster.test`) === true;
  };
  await replace(api, configuration);
  try {
    await until(`${kind}s to be in force`, isRefused, { deadline: 20_000 });
  } finally {
    await remove(api, configuration);
  }
}

/** Port 1 refuses connections; with failurePolicy Fail the refusal of the Lease names the webhook. */
function sentinel(kind: WebhookConfiguration['kind'], id: string): WebhookConfiguration {
  const webhook = {
    name: `${id}.cluster.test`,
    clientConfig: { url: 'https://127.0.0.1:1/' },
    rules: [{ apiGroups: ['coordination.k8s.io'], apiVersions: ['v1'], resources: ['leases'], operations: ['CREATE'] }],
    objectSelector: { matchLabels: { 'cluster.test/sentinel': id } },
    failurePolicy: 'Fail',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 5,
  };
  return { kind, metadata: { name: `sentinel-${id}` }, webhooks: [webhook] };
}

async function replace(api: Api, configuration: WebhookConfiguration): Promise<void> {
  await remove(api, configuration);
  await api.request('POST', collection(configuration.kind), { apiVersion: 'admissionregistration.k8s.io/v1', ...configuration });
}

async function remove(api: Api, { kind, metadata }: WebhookConfiguration): Promise<void> {
  const { status, text } = await api.call({ method: 'DELETE', path: `${collection(kind)}/${metadata.name}` });
  if (status >= 400 && status !== 404) throw new Error(`cannot delete ${kind} ${metadata.name}: ${status} ${text}`);
}

const collection = (kind: WebhookConfiguration['kind']) => `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}s`;
