import { join } from 'node:path';
import { type AuditEvent, readAudit } from './audit.ts';
import { type Answer, ApiError, type ApiObject, type Call, type Client, type Method } from './client.ts';
import { files } from './flags.ts';
import { type Kubectl, kubectlFor } from './kubectl.ts';
import { makeNamespace } from './namespaces.ts';
import { type Endpoint, kubeconfigPath, type User } from './users.ts';

/** A real API server as its clients see it; whether nodes run pods behind it does not matter here. */
export interface ApiServer {
  readonly url: string;
  /** PEM; the certificate is for 127.0.0.1, not for localhost. */
  readonly ca: string;
  /** A folder with kubectl (and the other programs), for a PATH. */
  readonly programs: string;
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
  /** The requests of the product's service accounts so far. A request appears about when its answer does: poll. */
  auditEvents(): readonly AuditEvent[];
}

interface Parts {
  readonly endpoint: Endpoint;
  readonly client: Client;
  /** Of kubectl. */
  readonly programs: string;
  /** The work folder with the kubeconfigs and the audit trail. */
  readonly folder: string;
}

/** The clients' view of a server whose files lie in a work folder. */
export function apiServer({ endpoint, client, programs, folder }: Parts): ApiServer {
  return {
    url: endpoint.url,
    ca: endpoint.ca,
    programs,
    token: (user) => endpoint.tokens[user],
    kubeconfig: (user = 'admin') => kubeconfigPath(folder, user),
    async request(method, path, body) {
      const call: Call = { method, path, body };
      const answer = await client.call(call);
      if (answer.status >= 400) throw new ApiError(call, answer);
      return answer.body;
    },
    call: client.call,
    kubectl: kubectlFor(join(programs, 'kubectl'), folder),
    namespace: (name, labels) => makeNamespace(client, name, labels),
    auditEvents: () => readAudit(files(folder).audit),
  };
}
