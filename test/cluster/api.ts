import { join } from 'node:path';
import { type AuditEvent, readAudit } from './audit.ts';
import { controlPlanePrograms } from './build.ts';
import { type Answer, ApiError, type ApiObject, type Call, type Method } from './client.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { files } from './flags.ts';
import { type Kubectl, kubectlFor } from './kubectl.ts';
import { finalizeNamespace, makeDefaultAccount, makeNamespace } from './namespaces.ts';
import { removeFolder, sweep, workFolder } from './sweep.ts';
import { kubeconfigPath, type User } from './users.ts';
import { until } from './wait.ts';

/** A real API server with an etcd of its own, on a free port of 127.0.0.1. It needs no root, and dies with the process that started it. */
export interface Api {
  readonly url: string;
  /** PEM; the certificate is for 127.0.0.1, not for localhost. */
  readonly ca: string;
  /** The work folder: logs, certificates, etcd's data. Removed by stop(). */
  readonly dir: string;
  /** A folder with kubectl (and the other programs), for a PATH. */
  readonly programs: string;
  /** Process ids of etcd, the API server and, if wanted, the controller manager. */
  pids(): readonly number[];
  token(user: User): string;
  /** Path of a kubeconfig file; for admin unless told otherwise. */
  kubeconfig(user?: User): string;
  /** Sends a request as admin and answers the object. Throws an ApiError at 400 or more. A PATCH is JSON Patch (list) or Merge Patch. */
  request(method: Method, path: string, body?: unknown): Promise<ApiObject>;
  /** Sends any request as any user and answers status and body, errors of Kubernetes included. */
  call(call: Call): Promise<Answer>;
  /** Runs kubectl to its end, as admin unless told otherwise. */
  readonly kubectl: Kubectl;
  /** Makes a namespace in which pods can be made; answers its name, a fresh one unless given. */
  namespace(name?: string, labels?: Readonly<Record<string, string>>): Promise<string>;
  /** Deletes a namespace for good without a controller manager. Its objects stay: do not use the name again. */
  finalize(namespace: string): Promise<void>;
  /** The requests of the product's service accounts so far. A request appears about when its answer does: poll. */
  auditEvents(): readonly AuditEvent[];
  /** Ends the API server (SIGKILL unless told otherwise) and starts it again on the same etcd, port and certificates; waits until ready. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** The two halves of a restart. */
  stopServer(signal?: NodeJS.Signals): Promise<void>;
  startServer(): Promise<void>;
  /** Kills etcd. The API server lives on, but reads by name and writes hang or fail with 500. */
  killEtcd(): Promise<void>;
  /** Starts etcd on the same data and waits until the API server has found it again: 1 to 4 s. */
  startEtcd(): Promise<void>;
  /** Kills all and removes the work folder. */
  stop(): Promise<void>;
}

export interface ApiOptions {
  /**
   * Run a controller manager too: namespaces vanish, ServiceAccounts appear, owned objects are collected, and
   * the roles admin, edit and view have rules. 130 MiB more.
   */
  readonly kcm?: boolean;
}

/** Starts a control plane for tests, ready to use after about 3 s. Several may run at once. Builds the programs when they are not cached. */
export async function startApi({ kcm = false }: ApiOptions = {}): Promise<Api> {
  const programs = await controlPlanePrograms();
  await sweep();
  const dir = await workFolder();
  try {
    const plane = await startControlPlane(programs, dir);
    if (kcm) await plane.startManager();
    await until('the namespace "default"', () => makeDefaultAccount(plane.client, 'default'), { deadline: 10_000 });
    return handle({ plane, programs, dir });
  } catch (error) {
    await removeFolder(dir);
    throw error;
  }
}

interface Parts {
  readonly plane: ControlPlane;
  readonly programs: string;
  readonly dir: string;
}

function handle({ plane, programs, dir }: Parts): Api {
  const { client, endpoint, pids, stopServer, startServer, killEtcd, startEtcd } = plane;
  return {
    url: endpoint.url,
    ca: endpoint.ca,
    dir,
    programs,
    pids,
    token: (user) => endpoint.tokens[user],
    kubeconfig: (user = 'admin') => kubeconfigPath(dir, user),
    async request(method, path, body) {
      const call: Call = { method, path, body };
      const answer = await client.call(call);
      if (answer.status >= 400) throw new ApiError(call, answer);
      return answer.body;
    },
    call: client.call,
    kubectl: kubectlFor(join(programs, 'kubectl'), dir),
    namespace: (name, labels) => makeNamespace(client, name, labels),
    finalize: (namespace) => finalizeNamespace(client, namespace),
    auditEvents: () => readAudit(files(dir).audit),
    async restart(signal) {
      await stopServer(signal);
      await startServer();
    },
    stopServer,
    startServer,
    killEtcd,
    startEtcd,
    async stop() {
      await plane.stop();
      await removeFolder(dir);
    },
  };
}
