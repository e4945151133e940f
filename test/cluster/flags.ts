import { join } from 'node:path';

/** Where the processes of one control plane listen (all on 127.0.0.1), and the folder in which they keep their files. */
export interface Place {
  readonly folder: string;
  readonly etcdPort: number;
  readonly peerPort: number;
  readonly serverPort: number;
  /** What the API server is told beside its usual flags. */
  readonly moreServerFlags?: readonly string[];
}

/** The files of a control plane in its work folder. */
export function files(folder: string) {
  const at = (name: string) => join(folder, name);
  return {
    etcd: at('etcd'),
    certificates: at('cert'),
    /** The server makes its own pair; the file holds the CA too and is what clients verify with. */
    ca: at('cert/apiserver.crt'),
    /** Written after the certificate: when it is there, the certificate is whole. */
    serverKey: at('cert/apiserver.key'),
    tokens: at('tokens.csv'),
    accountKey: at('sa.key'),
    accountPublicKey: at('sa.pub'),
    auditPolicy: at('audit.json'),
    audit: at('audit.log'),
    log: (name: string) => at(`${name}.log`),
  };
}

/** Without fsync a power failure loses data; a kill -9 does not. */
export function etcdFlags({ folder, etcdPort, peerPort }: Place): readonly string[] {
  return [
    `--data-dir=${files(folder).etcd}`,
    `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
    `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

/** The admission plugins stay at their defaults, ServiceAccount included: pods get the shape that they have in production. */
export function serverFlags({ folder, etcdPort, serverPort, moreServerFlags = [] }: Place): readonly string[] {
  return [
    ...sharedServerFlags(folder, etcdPort),
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1', // else it looks for a default route
    `--secure-port=${serverPort}`,
    `--cert-dir=${files(folder).certificates}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--endpoint-reconciler-type=none',
    ...moreServerFlags,
  ];
}

/** What the API server of a node is told too. */
export function sharedServerFlags(folder: string, etcdPort: number): readonly string[] {
  const file = files(folder);
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--etcd-prefix=${folder}`, // one's own, should the port belong to another server's etcd by then
    `--token-auth-file=${file.tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${file.accountKey}`,
    `--service-account-key-file=${file.accountPublicKey}`,
    '--allow-privileged=true',
    `--audit-policy-file=${file.auditPolicy}`,
    `--audit-log-path=${file.audit}`,
  ];
}

/**
 * Only what a test may want: namespaces that vanish, ServiceAccounts that appear, owned objects that are collected, and the roles
 * admin, edit and view, which have no rules until a controller has aggregated them.
 */
export function managerFlags(folder: string, kubeconfig: string): readonly string[] {
  const file = files(folder);
  const controllers = ['namespace', 'serviceaccount', 'garbage-collector', 'clusterrole-aggregation'].map((name) => `${name}-controller`);
  return [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--use-service-account-credentials=true', // each controller is a user of its own, as kubeadm and the like have it
    '--kube-api-qps=300', // with the default the first ServiceAccount comes 4 s later
    '--kube-api-burst=600',
    `--service-account-private-key-file=${file.accountKey}`,
    `--root-ca-file=${file.ca}`,
    `--controllers=${[...controllers, 'root-ca-certificate-publisher-controller'].join(',')}`,
  ];
}
