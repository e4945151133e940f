import { type ApiServer, apiServer } from './api-server.ts';
import { controlPlanePrograms } from './build.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { finalizeNamespace, makeDefaultAccount } from './namespaces.ts';
import { removeFolder, sweep, workFolder } from './sweep.ts';
import { until } from './wait.ts';

/** A real API server with an etcd of its own, on a free port of 127.0.0.1. It needs no root, and dies with the process that started it. */
export interface Api extends ApiServer {
  /** The work folder: logs, certificates, etcd's data. Removed by stop(). */
  readonly dir: string;
  /** Of etcd, which answers JSON too (its gRPC gateway). */
  readonly etcdUrl: string;
  /** Process ids of etcd, the API server and, if wanted, the controller manager. */
  pids(): readonly number[];
  /** Deletes a namespace for good without a controller manager. Its objects stay: do not use the name again. */
  finalize(namespace: string): Promise<void>;
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
  /** Further flags of the API server. */
  readonly serverFlags?: readonly string[];
}

/** Starts a control plane for tests, ready to use after about 3 s. Several may run at once. Builds the programs when they are not cached. */
export async function startApi({ kcm = false, serverFlags = [] }: ApiOptions = {}): Promise<Api> {
  const programs = await controlPlanePrograms();
  await sweep();
  const dir = await workFolder();
  try {
    const plane = await startControlPlane(programs, dir, serverFlags);
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
  const { client, endpoint, etcdUrl, pids, stopServer, startServer, killEtcd, startEtcd } = plane;
  return {
    ...apiServer({ endpoint, client, programs, folder: dir }),
    dir,
    etcdUrl,
    pids,
    finalize: (namespace) => finalizeNamespace(client, namespace),
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
