import { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Credentials, Identity, TlsMaterial } from './identity.ts';
import { KubeError, noAnswer } from './kube-error.ts';

/** Files as kubectl reads them: several are merged, the first that names something wins, missing ones are passed over. */
export interface KubeconfigAccess {
  readonly kind: 'kubeconfig';
  readonly files: readonly string[];
  /** Another context than the current one. */
  readonly context?: string;
}

/**
 * The identity of a kubeconfig: certificates, tokens, exec plugins, by the client library, which is loaded only here and only now (370 ms).
 * Rejects with a KubeError (`Credentials`) where the files name no usable cluster.
 */
export async function kubeconfigIdentity({ files, context }: KubeconfigAccess): Promise<Identity> {
  const config = await load(files);
  if (context !== undefined) config.setCurrentContext(context);
  const current = config.getContextObject(config.getCurrentContext());
  const cluster = current === null ? null : config.getCluster(current.cluster);
  if (current === null || cluster === null) {
    throw problem(`the kubeconfig has no usable context "${config.getCurrentContext() ?? ''}" (kubectl config get-contexts shows them)`);
  }
  const server = readServer(cluster.server);
  let asked: Promise<Credentials> | undefined;
  const ask = () =>
    credentialsOf(config, cluster.proxyUrl !== undefined).finally(() => {
      asked = undefined;
    });
  return {
    server,
    ...(current.namespace === undefined ? {} : { namespace: current.namespace }),
    credentials() {
      asked ??= ask(); // calls at the same moment share one run of an exec plugin
      return asked;
    },
  };
}

async function load(files: readonly string[]): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const merged = new KubeConfig();
  let found = false;
  for (const file of files) {
    const one = new KubeConfig();
    try {
      one.loadFromFile(file);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      throw noAnswer(`the kubeconfig ${file} cannot be read`, error, 'Credentials');
    }
    mergeInto(merged, one);
    found = true;
  }
  if (!found) throw problem(`there is no kubeconfig at ${files.join(', ')}`);
  return merged;
}

/** As kubectl merges: the first file that sets a value or names an entry wins. The library throws at the second instead. */
function mergeInto(merged: KubeConfig, one: KubeConfig): void {
  merged.currentContext ??= one.currentContext;
  for (const cluster of one.clusters) if (merged.getCluster(cluster.name) === null) merged.addCluster(cluster);
  for (const user of one.users) if (merged.getUser(user.name) === null) merged.addUser(user);
  for (const context of one.contexts) if (merged.getContextObject(context.name) === null) merged.addContext(context);
}

async function credentialsOf(config: KubeConfig, behindProxy: boolean): Promise<Credentials> {
  const options: RequestOptions = { headers: {} };
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw noAnswer('the credentials of the kubeconfig cannot be used', error, 'Credentials');
  }
  const { agent } = options;
  return {
    headers: readHeaders(options),
    tls: readMaterial(options),
    // The library knows the kinds of proxies; only its agent is taken, and kept alive.
    ...(behindProxy && agent instanceof Agent ? { proxyAgent: Object.assign(agent, { keepAlive: true }) } : {}),
  };
}

function readHeaders({ headers, auth }: RequestOptions): Record<string, string> {
  const read = Object.entries(headers ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), String(value).trim()]],
  );
  const basic = typeof auth === 'string' ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
  return { ...basic, ...Object.fromEntries(read) };
}

function readMaterial({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): TlsMaterial {
  return {
    ...pem('ca', ca),
    ...pem('cert', cert),
    ...pem('key', key),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function pem(name: 'ca' | 'cert' | 'key', value: unknown): TlsMaterial {
  return typeof value === 'string' || Buffer.isBuffer(value) ? { [name]: value } : {};
}

function readServer(text: string): URL {
  const server = URL.canParse(text) ? new URL(text) : undefined;
  if (server === undefined) throw problem(`the cluster of the kubeconfig has no usable server address "${text}"`);
  if (server.protocol !== 'https:') throw problem(`the API server ${text} is not reached by https: a token would be sent in the clear`);
  return server;
}

function problem(message: string): KubeError {
  return new KubeError(message, { status: 0, reason: 'Credentials' });
}
