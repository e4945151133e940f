import { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { resolve } from 'node:path';
import type { Cluster, KubeConfig } from '@kubernetes/client-node';
import { textOf } from '../../core/unknown.ts';
import { type ChangingFile, changingFile } from './changing-file.ts';
import { type ExecPlugin, execPlugin } from './exec-plugin.ts';
import { type Credentials, type Headers, type Identity, sameMaterial, type TlsMaterial } from './identity.ts';
import { impersonationHeaders } from './impersonation.ts';
import { KubeError } from './kube-error.ts';
import { type MergedKubeconfig, readKubeconfigs } from './kubeconfig-files.ts';
import { type Environment, proxyFor, readProxy } from './proxy-environment.ts';

/** Files as kubectl reads them: several are merged, the first that names something wins, missing ones are passed over. */
export interface KubeconfigAccess {
  readonly kind: 'kubeconfig';
  readonly files: readonly string[];
  /** Another context than the current one. */
  readonly context?: string;
  /** It may name a proxy, and plugins run in it. */
  readonly env?: Environment;
}

/**
 * The identity of a kubeconfig: certificates, tokens, exec plugins, by the client library, which is loaded only here and only now (370 ms).
 * Certificates and tokens that stand in files of their own are read again when they change; where the API server refuses what there is, the
 * kubeconfig itself is. Rejects with a KubeError (`Credentials`) where the files name no usable cluster.
 */
export async function kubeconfigIdentity(access: KubeconfigAccess): Promise<Identity> {
  let login = await openLogin(access);
  let asked: Promise<Credentials> | undefined;
  let last: Credentials | undefined;
  let isRefused = false;
  const ask = async () => {
    try {
      if (isRefused) login = await openAgain(login, access);
      isRefused = false;
      last = await login.credentials();
      return last;
    } finally {
      asked = undefined;
    }
  };
  return {
    server: login.server,
    ...(login.namespace === undefined ? {} : { namespace: login.namespace }),
    credentials() {
      asked ??= ask(); // calls at the same moment share one run of an exec plugin
      return asked;
    },
    refused(credentials) {
      if (last === undefined || sameLogin(last, credentials)) isRefused = true;
    },
  };
}

/**
 * Whoever logged in anew meanwhile has written the file. One that cannot be read leaves what was there, and the refusal stands. So does one
 * whose context leads to another server by now: what is meant for that one is not shown to this one.
 */
async function openAgain(login: Login, access: KubeconfigAccess): Promise<Login> {
  const now = await openLogin({ ...access, context: login.context }).catch(() => login);
  return now.server.href === login.server.href ? now : login;
}

function sameLogin(a: Credentials, b: Credentials): boolean {
  return a.headers.authorization === b.headers.authorization && sameMaterial(a.tls, b.tls);
}

/** One reading of the files. */
interface Login {
  readonly server: URL;
  readonly context: string;
  readonly namespace?: string;
  credentials(): Promise<Credentials>;
}

async function openLogin({ files, context, env = {} }: KubeconfigAccess): Promise<Login> {
  const merged = await readKubeconfigs(files);
  const { config } = merged;
  if (context !== undefined) config.setCurrentContext(context);
  const current = config.getContextObject(config.getCurrentContext());
  const cluster = current === null ? null : config.getCluster(current.cluster);
  if (current === null || cluster === null) {
    throw problem(unusable(config.getCurrentContext(), current?.cluster));
  }
  const server = readServer(cluster.server);
  const way = wayTo(server, cluster, env);
  const sources = sourcesOf(merged, current.user, env);
  return {
    server,
    context: config.getCurrentContext(),
    ...(current.namespace === undefined ? {} : { namespace: current.namespace }),
    credentials: () => credentialsOf(config, sources, way),
  };
}

/** Why nothing can be asked with this context; the cluster is the one that it names. */
function unusable(context: string | undefined, cluster: string | undefined): string {
  if (!context) return 'the kubeconfig has no current context; name one with --context (kubectl config get-contexts shows them)';
  if (cluster === undefined) return `the kubeconfig has no context "${context}" (kubectl config get-contexts shows them)`;
  return `context "${context}" of the kubeconfig is of cluster "${cluster}", which it does not describe`;
}

/** By which proxy the server is reached; the library knows the kinds that are none of HTTP. */
type Way = Pick<Credentials, 'proxy'> & { readonly byLibrary?: boolean };

function wayTo(server: URL, { proxyUrl }: Cluster, env: Environment): Way {
  if (proxyUrl?.startsWith('socks')) return { byLibrary: true };
  const proxy = proxyUrl === undefined || proxyUrl === '' ? proxyFor(server, env) : readProxy(proxyUrl);
  return proxy === undefined ? {} : { proxy };
}

/** What the library does not do right: `tokenFile`, a plugin whose answer has no expiry, and acting as somebody with more than a name. */
interface Sources {
  readonly impersonation: Headers;
  readonly tokenFile?: ChangingFile;
  readonly plugin?: ExecPlugin;
}

function sourcesOf({ config, users }: MergedKubeconfig, name: string, env: Environment): Sources {
  const { fields = {}, folder = '' } = users.get(name) ?? {};
  const path = textOf(fields.tokenFile);
  const user = config.getUser(name);
  const plugin = execPlugin(user?.exec, env);
  // Without its `exec` the library leaves the plugin to us.
  if (plugin !== undefined) config.users = config.users.map((one) => (one.name === name ? { ...one, exec: undefined } : one));
  return {
    impersonation: impersonationHeaders(name, fields),
    ...(path === '' ? {} : { tokenFile: changingFile(resolve(folder, path)) }),
    ...(plugin === undefined ? {} : { plugin }),
  };
}

async function credentialsOf(config: KubeConfig, sources: Sources, { proxy, byLibrary }: Way): Promise<Credentials> {
  const { tokenFile, plugin, impersonation } = sources;
  const options: RequestOptions = { headers: {} };
  let token: string | undefined;
  try {
    await config.applyToHTTPSOptions(options);
    token = (await tokenFile?.read())?.trim();
  } catch (error) {
    throw problem(`the credentials of the kubeconfig cannot be used: ${withoutCommand(error)}`);
  }
  const given = (await plugin?.credential()) ?? {};
  token ??= given.token;
  const { agent } = options;
  return {
    headers: { ...readHeaders(options), ...impersonation, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    tls: { ...readMaterial(options), ...pem('cert', given.cert), ...pem('key', given.key) },
    ...(proxy === undefined ? {} : { proxy }),
    // Only the agent of the library is taken, and kept alive.
    ...(byLibrary && agent instanceof Agent ? { proxyAgent: Object.assign(agent, { keepAlive: true }) } : {}),
  };
}

/** The library tells the whole command line of a helper that failed, which may hold a secret. */
function withoutCommand(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/Command failed:.*/s, 'its command failed');
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
