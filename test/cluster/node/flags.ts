import { etcdFlags, files, sharedServerFlags } from '../flags.ts';
import { daemonKubeconfig } from './credentials.ts';
import { ADDRESSES, NODE_NAME, type NodePlace, nodeFiles } from './place.ts';

/** A daemon of Kubernetes on a node. */
export type Daemon =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'containerd'
  | 'kubelet'
  | 'kube-proxy'
  | 'kube-router';

const ETCD_PORT = 2379;

/** The flags of each daemon. Each retries until those that it needs are there: all may be started at once. */
export function daemonFlags(place: NodePlace): Readonly<Record<Daemon, readonly string[]>> {
  const { folder } = place;
  return {
    etcd: etcdFlags({ folder, etcdPort: ETCD_PORT, peerPort: 2380, serverPort: 6443 }),
    'kube-apiserver': serverFlags(place),
    'kube-controller-manager': managerFlags(place),
    'kube-scheduler': [kubeconfig(folder, 'kube-scheduler'), '--leader-elect=false'],
    containerd: ['--config', nodeFiles(folder).containerdConfig],
    kubelet: kubeletFlags(place),
    'kube-proxy': proxyFlags(place),
    'kube-router': routerFlags(folder),
  };
}

function serverFlags({ folder, dualStack }: NodePlace): readonly string[] {
  const file = nodeFiles(folder);
  return [
    ...sharedServerFlags(folder, ETCD_PORT),
    '--bind-address=0.0.0.0',
    `--advertise-address=${ADDRESSES.node}`,
    '--secure-port=6443',
    `--client-ca-file=${file.ca}`,
    `--tls-cert-file=${file.serverCert}`,
    `--tls-private-key-file=${file.serverKey}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--service-cluster-ip-range=${families(dualStack, ADDRESSES.services, ADDRESSES.services6)}`,
    `--kubelet-certificate-authority=${file.ca}`, // the last four: logs, exec and debug
    `--kubelet-client-certificate=${file.kubeletClientCert}`,
    `--kubelet-client-key=${file.kubeletClientKey}`,
    '--kubelet-preferred-address-types=InternalIP',
  ];
}

function managerFlags({ folder, dualStack }: NodePlace): readonly string[] {
  return [
    kubeconfig(folder, 'kube-controller-manager'),
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    '--kube-api-qps=300', // with the default the first ServiceAccount comes 4 s later
    '--kube-api-burst=600',
    `--service-account-private-key-file=${files(folder).accountKey}`,
    `--root-ca-file=${nodeFiles(folder).ca}`,
    '--allocate-node-cidrs=true',
    `--cluster-cidr=${families(dualStack, ADDRESSES.allPods, ADDRESSES.allPods6)}`,
    `--service-cluster-ip-range=${families(dualStack, ADDRESSES.services, ADDRESSES.services6)}`,
  ];
}

function kubeletFlags({ folder, dualStack }: NodePlace): readonly string[] {
  return [
    `--config=${nodeFiles(folder).kubeletConfig}`,
    kubeconfig(folder, 'kubelet'),
    `--root-dir=${nodeFiles(folder).kubelet}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${families(dualStack, ADDRESSES.node, ADDRESSES.node6)}`,
  ];
}

/** The zeros: leave the limits of the machine's connection table alone. */
function proxyFlags({ folder, dualStack }: NodePlace): readonly string[] {
  return [
    kubeconfig(folder, 'kube-proxy'),
    `--hostname-override=${NODE_NAME}`,
    '--proxy-mode=iptables',
    `--cluster-cidr=${families(dualStack, ADDRESSES.allPods, ADDRESSES.allPods6)}`,
    '--conntrack-max-per-core=0',
    '--conntrack-min=0',
    '--conntrack-tcp-timeout-established=0s',
    '--conntrack-tcp-timeout-close-wait=0s',
    '--iptables-min-sync-period=100ms',
  ];
}

/**
 * Only the firewall. Never with IPv6: kube-router 2.1.0 then writes rules for sets that do not exist, and may apply none at all, of
 * IPv4 neither. So on a node with both families a pod's IPv6 address is open, whatever the policies say.
 */
function routerFlags(folder: string): readonly string[] {
  return [
    kubeconfig(folder, 'kube-router'),
    `--hostname-override=${NODE_NAME}`,
    '--run-firewall=true',
    '--run-router=false',
    '--run-service-proxy=false',
    '--run-loadbalancer=false',
    '--enable-ipv6=false',
    `--service-cluster-ip-range=${ADDRESSES.services}`,
  ];
}

const kubeconfig = (folder: string, daemon: Parameters<typeof daemonKubeconfig>[1]) => `--kubeconfig=${daemonKubeconfig(folder, daemon)}`;

const families = (dualStack: boolean, ipv4: string, ipv6: string) => (dualStack ? `${ipv4},${ipv6}` : ipv4);
