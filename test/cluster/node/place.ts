import { basename, join } from 'node:path';

/** The addresses of a node. They exist in its own network namespace only. */
export const ADDRESSES = {
  node: '10.200.0.1',
  node6: 'fd00:200::1',
  pods: '10.244.0.0/24',
  /** Of which the controller manager gives the node its part. */
  allPods: '10.244.0.0/16',
  pods6: 'fd00:244::/64',
  allPods6: 'fd00:244::/56',
  services: '10.96.0.0/16',
  services6: 'fd00:96::/112',
  /** The first of the services: `kubernetes`. */
  api: '10.96.0.1',
  dns: '10.96.0.10',
} as const;

export const NODE_NAME = 'node1';

/** Where a node has its files, and whether its pods have an IPv6 address too. */
export interface NodePlace {
  /** Short and absolute: the path of a unix socket ends at 107 characters, and entering a mount namespace changes the working folder. */
  readonly folder: string;
  readonly dualStack: boolean;
}

/** The cgroup that holds all pods: named like the folder, so that leftovers of a dead run are known by their name. */
export const cgroupOf = (folder: string): string => basename(folder);

/** The files of a node in its work folder, beside those of its control plane. */
export function nodeFiles(folder: string) {
  const at = (name: string) => join(folder, name);
  return {
    initDone: at('init.done'),
    ca: at('ca.crt'),
    serverCert: at('server.crt'),
    serverKey: at('server.key'),
    kubeletClientCert: at('kubelet-client.crt'),
    kubeletClientKey: at('kubelet-client.key'),
    containerdConfig: at('containerd.toml'),
    containerdSocket: at('containerd.sock'),
    kubeletConfig: at('kubelet.json'),
    kubelet: at('kubelet'),
    cni: at('cni'),
    relaySocket: at('relay.sock'),
    controlSocket: at('control.sock'),
  };
}
