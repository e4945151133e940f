import { fileURLToPath } from 'node:url';
import { built, type GoProgram, whyNotBuilt } from './go-build.ts';
import { onPath } from './presence.ts';

const folder = (name: string) => fileURLToPath(new URL(`bin/${name}/`, import.meta.url));

const CONTROL_PLANE: GoProgram = {
  name: 'control-plane',
  what: 'etcd, Kubernetes and kubectl for the tests',
  source: folder('controlplane'),
  binary: 'controlplane',
  links: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'],
  stamps: kubernetesStamps,
};

const ADDONS: GoProgram = {
  name: 'addons',
  what: 'kube-router, CoreDNS and Helm for the tests',
  source: folder('addons'),
  binary: 'addons',
  links: ['kube-router', 'coredns', 'helm'],
  stamps: (goMod) => {
    const router = release(goMod, 'github.com/cloudnativelabs/kube-router/v2').join('.');
    const library = release(goMod, 'k8s.io/component-base').join('.');
    return [
      `github.com/cloudnativelabs/kube-router/v2/pkg/version.Version=v${router}`, // without, it logs that its version is malformed
      `k8s.io/component-base/version.gitVersion=v${library.replace(/^0/, '1')}`,
    ];
  },
};

/** The folder that holds the programs of the control plane and of a node, each by its own name: `etcd`, `kubelet`, `kubectl`, … */
export const controlPlanePrograms = (): Promise<string> => built(CONTROL_PLANE);

/** The folder that holds `kube-router`, `coredns` and `helm`. */
export const addonPrograms = (): Promise<string> => built(ADDONS);

/** Says in one sentence why the control plane cannot be built and run on this machine; undefined when it can. */
export async function whyNoControlPlane(): Promise<string | undefined> {
  if (!(await onPath('setpriv'))) return 'the program setpriv (util-linux) is not installed';
  return whyNotBuilt(CONTROL_PLANE);
}

/** The same for the programs of a node. */
export const whyNoAddons = (): Promise<string | undefined> => whyNotBuilt(ADDONS);

/** Without them the server calls itself v0.0.0-master. The date is fixed, so that equal sources give an equal binary. */
function kubernetesStamps(goMod: string): readonly string[] {
  const [major, minor, patch] = release(goMod, 'k8s.io/kubernetes');
  const values = {
    gitVersion: `v${major}.${minor}.${patch}`,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: '0000000',
    gitTreeState: 'clean',
    buildDate: '2020-01-01T00:00:00Z',
  };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(values).map(([name, value]) => `${path}.${name}=${value}`),
  );
}

/** Major, minor and patch of a required module. */
function release(goMod: string, module: string): readonly string[] {
  const line = goMod.split('\n').find((text) => text.startsWith(`\t${module} v`));
  const [, ...numbers] = / v(\d+)\.(\d+)\.(\d+)( |$)/.exec(line ?? '') ?? [];
  if (numbers.length === 0) throw new Error(`go.mod names no release of ${module}`);
  return numbers.slice(0, 3);
}
