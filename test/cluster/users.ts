import { randomUUID } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who may log in, by token. `alice` is a tenant without rights: a test gives her the RBAC that it is about. */
export type User = 'admin' | 'alice' | 'portcullis' | 'portcullis-webhook' | 'portcullis-controller';

export interface Identity {
  /** The name that RBAC sees. */
  readonly name: string;
  readonly groups: readonly string[];
}

/** The namespace of the product: its service accounts are what the audit trail follows. */
export const OWN_NAMESPACE = 'portcullis-system';

/** The groups are those that the API server gives a service account itself (Kubernetes: "Authenticating", service account tokens). */
const serviceAccount = (name: string): Identity => ({
  name: `system:serviceaccount:${OWN_NAMESPACE}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${OWN_NAMESPACE}`, 'system:authenticated'],
});

/** The name and groups of each user, as RBAC sees them. */
const identities: Readonly<Record<User, Identity>> = {
  admin: { name: 'admin', groups: ['system:masters'] },
  alice: { name: 'alice', groups: [] },
  portcullis: serviceAccount('portcullis'),
  'portcullis-webhook': serviceAccount('portcullis-webhook'),
  'portcullis-controller': serviceAccount('portcullis-controller'),
};

const users = Object.keys(identities) as User[];

/** One secret for each user. They are new for each server, so that nobody talks to another server that took an old port. */
export type Tokens = Readonly<Record<User, string>>;

/** Makes the tokens and writes the file for --token-auth-file. */
export function writeTokens(file: string): Tokens {
  writeFileSync(file, '', { mode: 0o600 });
  const add = (user: User) => addToken(file, identities[user]);
  return {
    admin: add('admin'),
    alice: add('alice'),
    portcullis: add('portcullis'),
    'portcullis-webhook': add('portcullis-webhook'),
    'portcullis-controller': add('portcullis-controller'),
  };
}

/** Makes the token of one more user and writes it to the file: token, name, uid, "group,group". The server reads it when it starts. */
export function addToken(file: string, { name, groups }: Identity): string {
  const token = randomUUID();
  appendFileSync(file, `${token},${name},${name},"${groups.join(',')}"\n`);
  return token;
}

export interface Endpoint {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly tokens: Tokens;
}

/** Where the kubeconfig of a user lies in a work folder. */
export function kubeconfigPath(folder: string, user: User): string {
  return join(folder, `${user}.kubeconfig`);
}

/** Writes a kubeconfig for each user. */
export function writeKubeconfigs(folder: string, { url, ca, tokens }: Endpoint): void {
  for (const user of users) writeKubeconfig(kubeconfigPath(folder, user), { url, ca, token: tokens[user] });
}

interface Login {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

/** Writes the kubeconfig of one user. It is JSON, which every reader of YAML takes. */
export function writeKubeconfig(file: string, { url, ca, token }: Login): void {
  const cluster = { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  writeFileSync(file, JSON.stringify(kubeconfig, null, 2), { mode: 0o600 });
}
