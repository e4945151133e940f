import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAuditPolicy } from '../audit.ts';
import { files } from '../flags.ts';
import { makeAuthority, type Pair } from '../pki.ts';
import { addToken, type Identity, type Tokens, writeKubeconfig, writeTokens } from '../users.ts';
import { ADDRESSES, NODE_NAME, nodeFiles } from './place.ts';

/** The names and groups that the built-in roles of Kubernetes are bound to. kube-router has none of its own here: it may do all. */
const DAEMONS = {
  'kube-controller-manager': { name: 'system:kube-controller-manager', groups: [] },
  'kube-scheduler': { name: 'system:kube-scheduler', groups: [] },
  kubelet: { name: `system:node:${NODE_NAME}`, groups: ['system:nodes'] },
  'kube-proxy': { name: 'system:kube-proxy', groups: [] },
  'kube-router': { name: 'kube-router', groups: ['system:masters'] },
} as const satisfies Record<string, Identity>;

export type ClientDaemon = keyof typeof DAEMONS;

const CLIENTS = Object.keys(DAEMONS) as ClientDaemon[];

/** Where the kubeconfig of a daemon lies in a work folder. */
export const daemonKubeconfig = (folder: string, daemon: ClientDaemon): string => join(folder, `daemon-${daemon}.kubeconfig`);

interface Credentials {
  /** PEM. */
  readonly ca: string;
  readonly tokens: Tokens;
}

/**
 * Writes what the daemons know each other by. They log in with tokens, like the users of the tests. Certificates are for servers: one
 * for the API server and the kubelet, which are the same machine, and one by which the kubelet knows the API server (logs, exec).
 */
export function writeCredentials(folder: string): Credentials {
  const file = nodeFiles(folder);
  const authority = makeAuthority('test-ca');
  writeFileSync(file.ca, authority.cert);
  const addresses = [ADDRESSES.node, '127.0.0.1', ADDRESSES.api];
  const hosts = [NODE_NAME, 'kubernetes.default', 'kubernetes.default.svc'];
  writePair(authority.issue({ name: 'server', addresses, hosts }), file.serverCert, file.serverKey);
  const client = authority.issue({ name: 'kube-apiserver', organization: 'system:masters' });
  writePair(client, file.kubeletClientCert, file.kubeletClientKey);
  writeAccountKeys(folder);
  writeAuditPolicy(files(folder).auditPolicy);
  writeFileSync(files(folder).audit, '');
  const tokens = writeTokens(files(folder).tokens);
  for (const daemon of CLIENTS) {
    const token = addToken(files(folder).tokens, DAEMONS[daemon]);
    writeKubeconfig(daemonKubeconfig(folder, daemon), { url: `https://${ADDRESSES.node}:6443`, ca: authority.cert, token });
  }
  return { ca: authority.cert, tokens };
}

function writePair({ cert, key }: Pair, certFile: string, keyFile: string): void {
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
}

/** Signs the tokens of service accounts. */
function writeAccountKeys(folder: string): void {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(files(folder).accountKey, pair.privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(files(folder).accountPublicKey, pair.publicKey.export({ type: 'spki', format: 'pem' }));
}
