import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESSES, cgroupOf, type NodePlace, nodeFiles } from './place.ts';

/** Writes the files that containerd, its network plugins and the kubelet read. */
export function writeConfigs(place: NodePlace): void {
  const file = nodeFiles(place.folder);
  mkdirSync(file.cni);
  writeFileSync(file.containerdConfig, containerdConfig(place.folder));
  writeFileSync(join(file.cni, '10-bridge.conflist'), JSON.stringify(networkConfig(place), null, 2));
  writeFileSync(file.kubeletConfig, JSON.stringify(kubeletConfig(place.folder), null, 2));
}

/** TOML's basic strings are JSON's. `restrict_oom_score_adj`: a container's root may lack CAP_SYS_RESOURCE; no sandbox starts without. */
function containerdConfig(folder: string): string {
  const at = (name: string) => JSON.stringify(join(folder, name));
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = ${at('containerd-root')}
state = ${at('containerd-state')}
[grpc]
  address = ${JSON.stringify(nodeFiles(folder).containerdSocket)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${at('containerd-opt')}
[${cri}]
  sandbox_image = "localhost/pause:3.9"
  disable_apparmor = true
  restrict_oom_score_adj = true
[${cri}.cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = ${JSON.stringify(nodeFiles(folder).cni)}
[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.runc.options]
  SystemdCgroup = false
`;
}

/** Hairpin: a pod reaches itself through its Service. */
function networkConfig({ folder, dualStack }: NodePlace) {
  const bridge = {
    type: 'bridge',
    bridge: 'kube-bridge',
    isGateway: true,
    ipMasq: false,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      dataDir: join(folder, 'cni-state'),
      ranges: [[{ subnet: ADDRESSES.pods }], ...(dualStack ? [[{ subnet: ADDRESSES.pods6 }]] : [])],
      routes: [{ dst: '0.0.0.0/0' }, ...(dualStack ? [{ dst: '::/0' }] : [])],
    },
  };
  return { cniVersion: '1.0.0', name: 'pods', plugins: [bridge, { type: 'portmap', capabilities: { portMappings: true } }] };
}

function kubeletConfig(folder: string) {
  const file = nodeFiles(folder);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: ADDRESSES.node,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: file.ca } },
    authorization: { mode: 'Webhook' },
    tlsCertFile: file.serverCert,
    tlsPrivateKeyFile: file.serverKey,
    containerRuntimeEndpoint: `unix://${file.containerdSocket}`,
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroupOf(folder)}`,
    enforceNodeAllocatable: [],
    oomScoreAdj: 0, // and this limit: more needs a privilege that root may lack in a container
    maxOpenFiles: 20_000,
    failSwapOn: false,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageMinimumGCAge: '24h', // the images are imported: none can be fetched again
    podLogsDir: join(folder, 'podlogs'),
    volumePluginDir: join(folder, 'volume-plugins'),
    clusterDomain: 'cluster.local',
    clusterDNS: [ADDRESSES.dns],
    resolvConf: '',
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '4s',
  };
}
