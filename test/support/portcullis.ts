import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { serveCluster } from '../../src/cli/serve/cluster.ts';
import type { ServeOptions } from '../../src/cli/serve/options.ts';
import type { ServeHost } from '../../src/cli/serve/roles.ts';
import type { Api } from '../cluster/api.ts';
import { OWN_NAMESPACE, type User } from '../cluster/users.ts';
import { until } from '../cluster/wait.ts';
import { pointWebhooks, type WebhookConfiguration } from '../cluster/webhook.ts';
import { type LogLine, rememberingLog } from './silence.ts';

/** What a test wants of the program; all else is as deploy/ installs it. */
export interface PortcullisWishes extends Partial<Pick<ServeOptions, 'role' | 'policies' | 'failClosed' | 'engine' | 'clientCa'>> {
  /** The YAML of the ConfigMap portcullis-template; absent: what is there stays, also nothing. */
  readonly template?: string;
  /** As whom it talks to the API server. The harness has only the controller bound to the shipped roles. */
  readonly user?: User;
}

/** The program, in this process, on a test's API server. */
export interface Portcullis {
  /** Of /metrics, /healthz and /readyz. */
  readonly metricsUrl: string;
  /** What it logged so far. */
  readonly log: readonly LogLine[];
  /** The text of /metrics. */
  metrics(): Promise<string>;
  /** Stops the program as SIGTERM does. The webhook configurations stay (Ignore): calls then find nobody. */
  stop(): Promise<void>;
}

/**
 * Installs deploy/base without its Deployments, runs the program (role `all` unless told otherwise) as the controller's service account,
 * and points the webhook configurations at it. Answers when they are in force. Safe to call again after a stop.
 */
export async function startPortcullis(api: Api, wishes: PortcullisWishes = {}): Promise<Portcullis> {
  await install(api, wishes.template);
  const log = rememberingLog();
  const controller = new AbortController();
  const { running, ports } = await run(api, wishes, { log, stop: controller.signal });
  const metricsUrl = `http://127.0.0.1:${ports.metrics}/metrics`;
  const stop = async () => {
    controller.abort();
    await running;
  };
  try {
    if (ports.gate !== undefined) await pointAt(api, ports.gate, wishes.failClosed === true);
  } catch (error) {
    await stop();
    throw error;
  }
  return { metricsUrl, log: log.lines, metrics: async () => (await fetch(metricsUrl)).text(), stop };
}

type Ports = Parameters<NonNullable<ServeHost['started']>>[0];

/** Runs until the signal; answers once it listens. Rejects where it ends before. */
async function run(
  api: Api,
  { role = 'all', policies, failClosed = false, engine = 'off', user = 'portcullis-controller', clientCa }: PortcullisWishes,
  { log, stop }: { readonly log: ServeHost['log'] & object; readonly stop: AbortSignal },
): Promise<{ running: Promise<unknown>; ports: Ports }> {
  const options: ServeOptions = {
    role,
    namespace: OWN_NAMESPACE,
    agentNamespace: 'portcullis-agent',
    service: 'portcullis-webhook',
    host: '127.0.0.1',
    port: 0,
    metricsPort: 0,
    addresses: ['127.0.0.1'],
    failClosed,
    kubeconfig: api.kubeconfig(user),
    scanTargets: [],
    engine,
    scanPeriodSeconds: 600,
    enforcementPeriodSeconds: 60,
    stopDelaySeconds: 0,
    ...(policies === undefined ? {} : { policies }),
    ...(clientCa === undefined ? {} : { clientCa }),
  };
  const io = { out() {}, err() {}, stdin: async () => '', color: false, progress: false, env: {}, stop };
  let running: Promise<unknown> = Promise.resolve();
  const ports = await new Promise<Ports>((started, failed) => {
    running = serveCluster(options, io, { log, started });
    running.then((code) => failed(new Error(`the program ended with ${code}`)), failed);
  });
  return { running, ports };
}

async function pointAt(api: Api, port: number, failClosed: boolean): Promise<void> {
  await pointShippedWebhooks(api, port);
  if (!failClosed) return;
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/portcullis';
  const isClosed = async () => JSON.stringify(await api.request('GET', path)).includes('"failurePolicy":"Fail"');
  await until('the program to set failurePolicy Fail', isClosed, { deadline: 30_000 });
}

/**
 * Points the webhook configurations at a port of this machine. The CA is the one that the program made; `service` references are replaced, since
 * names must not be resolved here. `changes`: fields of every entry, instead of the shipped ones.
 */
export async function pointShippedWebhooks(api: Api, port: number, changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const secret = await api.request('GET', `/api/v1/namespaces/${OWN_NAMESPACE}/secrets/portcullis-certificates`);
  const data = secret.data as Readonly<Record<string, string>>;
  const ca = Buffer.from(data['ca.crt'] ?? '', 'base64').toString();
  const configurations = ['validating-webhook.yaml', 'mutating-webhook.yaml'].map((file) => {
    const shipped = manifest(file) as WebhookConfiguration;
    return { ...shipped, webhooks: shipped.webhooks.map((webhook) => ({ ...webhook, ...changes })) };
  });
  await pointWebhooks(api, { port, ca }, configurations);
}

const BASE = new URL('../../deploy/base/', import.meta.url);

/** Namespace, service accounts and RBAC: what the API server must know. */
const INSTALLED = /^(namespace(-agent)?|service-account-.*|cluster-role-.*|role-.*)\.yaml$/;

/** Installs them, and the template where one is given, for a program that runs elsewhere. Safe to call again. */
export async function install(api: Api, template?: string): Promise<void> {
  const objects: object[] = readdirSync(BASE)
    .filter((file) => INSTALLED.test(file))
    .sort((a, b) => Number(b.startsWith('namespace')) - Number(a.startsWith('namespace')))
    .map(manifest);
  if (template !== undefined) objects.push(templateConfigMap(template));
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const { code, stderr } = await api.kubectl(['apply', '-f', '-'], { stdin: list });
  if (code !== 0) throw new Error(`cannot install: ${stderr}`);
}

function manifest(file: string): object {
  return load(readFileSync(new URL(file, BASE), 'utf8')) as object;
}

/** The ConfigMap portcullis-template with this one document, `template.yaml`. */
export function templateConfigMap(text: string) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'portcullis-template', namespace: OWN_NAMESPACE },
    data: { 'template.yaml': text },
  };
}
