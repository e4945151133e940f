import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Identity } from './identity.ts';
import { type KubeconfigAccess, kubeconfigIdentity } from './kubeconfig.ts';
import type { Environment } from './proxy-environment.ts';
import { SERVICE_ACCOUNT_FOLDER, type ServiceAccountAccess, serviceAccountIdentity } from './service-account.ts';

/** The two ways to a cluster: what a person has, and what a pod has. */
export type Access = KubeconfigAccess | ServiceAccountAccess;

/** What a person asked for, and the environment as far as it says where the cluster is. */
export interface AccessWishes {
  /** `--kubeconfig`. */
  readonly kubeconfig?: string | undefined;
  /** `--context`. */
  readonly context?: string | undefined;
  /** KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT, HTTPS_PROXY and NO_PROXY are looked at; plugins run in all of it. */
  readonly env: Environment;
}

/**
 * The way that kubectl would take: the named file, else KUBECONFIG, else ~/.kube/config where it exists, else the service account of the
 * pod. Loads nothing yet.
 */
export async function findAccess({ kubeconfig, context, env }: AccessWishes): Promise<Access> {
  const named = kubeconfig === undefined ? (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '') : [kubeconfig];
  const home = join(env.HOME ?? '', '.kube', 'config');
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const inPod = named.length === 0 && context === undefined && host !== undefined && port !== undefined;
  if (inPod && !(await exists(home)) && (await exists(join(SERVICE_ACCOUNT_FOLDER, 'token')))) {
    return { kind: 'service-account', host, port, env };
  }
  return { kind: 'kubeconfig', files: named.length > 0 ? named : [home], env, ...(context === undefined ? {} : { context }) };
}

/** Reads what the access names. Rejects with a KubeError (`Credentials`) that says what is missing. */
export function openIdentity(access: Access): Promise<Identity> {
  return access.kind === 'kubeconfig' ? kubeconfigIdentity(access) : serviceAccountIdentity(access);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
