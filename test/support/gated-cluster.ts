import { afterAll, beforeAll } from 'vitest';
import { type Api, type ApiOptions, startApi } from '../cluster/api.ts';
import type { Answer, Method } from '../cluster/client.ts';
import { type Portcullis, type PortcullisWishes, startPortcullis } from './portcullis.ts';
import { letAliceWork } from './tenant.ts';

/** A real API server for all tests of a file, on which alice has the rights of a tenant. */
export interface TenantCluster {
  /** Throws before the tests of the file begin. */
  readonly api: Api;
  /** What the API server answers alice. */
  asAlice(method: Method, path: string, body?: unknown): Promise<Answer>;
  /** As much of it as a person reads: the status, why it was refused, and the warnings. */
  tellAlice(method: Method, path: string, body?: unknown): Promise<Told>;
}

export interface Told {
  readonly status: number;
  /** Undefined where nothing was refused. */
  readonly message: string | undefined;
  readonly warnings: readonly string[];
}

/** The same with Portcullis and its webhooks in force. */
export interface GatedCluster extends TenantCluster {
  readonly portcullis: Portcullis;
}

/** Starts the API server before the tests of the file that calls this, and ends it after them. */
export function tenantCluster(options: ApiOptions = {}): TenantCluster {
  const server: { api?: Api } = {};
  beforeAll(async () => {
    server.api = await startApi(options);
    await letAliceWork(server.api);
  });
  afterAll(async () => {
    await server.api?.stop();
  });
  const api = () => started(server.api);
  const asAlice: TenantCluster['asAlice'] = (method, path, body) => api().call({ method, path, body, user: 'alice' });
  return {
    get api() {
      return api();
    },
    asAlice,
    tellAlice: async (...call) => told(await asAlice(...call)),
  };
}

/** Starts API server, gate, controller and webhooks before the tests of the file that calls this, and ends them after them. */
export function gatedCluster({ kcm = false, ...wishes }: ApiOptions & PortcullisWishes): GatedCluster {
  const cluster = tenantCluster({ kcm });
  const program: { portcullis?: Portcullis } = {};
  beforeAll(async () => {
    program.portcullis = await startPortcullis(cluster.api, wishes);
  });
  afterAll(async () => {
    await program.portcullis?.stop();
  });
  return {
    get api() {
      return cluster.api;
    },
    get portcullis() {
      return started(program.portcullis);
    },
    asAlice: cluster.asAlice,
    tellAlice: cluster.tellAlice,
  };
}

/** What a person reads of an answer. */
function told({ status, body, warnings }: Answer): Told {
  return { status, message: status < 400 ? undefined : body.message, warnings };
}

/** A denial by an entry of the webhook configuration, named without `.portcullis.dev`. */
export function refusedBy(entry: string, message: string): Told {
  return { status: 403, message: `admission webhook "${entry}.portcullis.dev" denied the request: ${message}`, warnings: [] };
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the cluster of this file has not started yet');
  return part;
}
