import { whyNoAddons, whyNoControlPlane } from '../build.ts';
import { exists, onPath } from '../presence.ts';
import { run } from '../proc.ts';
import { NAMESPACES } from './machine.ts';

/** The programs of other people that a node runs on, or that its images are made of, and the Debian package of each. */
const PROGRAMS: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  ipset: 'ipset',
  ip: 'iproute2',
  sysctl: 'procps',
  mount: 'mount',
  setpriv: 'util-linux',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  busybox: 'busybox-static',
  nmap: 'nmap',
  buildah: 'buildah',
};
const PLUGINS = ['bridge', 'host-local', 'loopback', 'portmap'].map((name) => `/usr/lib/cni/${name}`);

/** Says in one sentence why no node can run on this machine; undefined when one can. */
export async function whyNoNode(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'a node needs Linux';
  if (process.getuid?.() !== 0) return 'a node needs root';
  const packages = await missingPackages();
  if (packages.length > 0) return `these Debian packages are not installed: ${packages.join(', ')}`;
  if (!(await exists('/sys/fs/cgroup/memory'))) return 'a node needs cgroup v1 (/sys/fs/cgroup/memory is missing)';
  const { code, stderr } = await run(['unshare', ...NAMESPACES, 'true']);
  if (code !== 0) return `a node needs namespaces of its own, and this machine gives none: ${stderr.trim()}`;
  return (await whyNoControlPlane()) ?? (await whyNoAddons());
}

async function missingPackages(): Promise<readonly string[]> {
  const programs = await Promise.all(Object.entries(PROGRAMS).map(async ([name, owner]) => ((await onPath(name)) ? [] : [owner])));
  const plugins = await Promise.all(PLUGINS.map(exists));
  return [...new Set([...programs.flat(), ...(plugins.includes(false) ? ['containernetworking-plugins'] : [])])];
}
