/** The running example as objects of a cluster: real pods of the test image. What they listen on is more than they declare. */

const EXAMPLE = [
  { name: 'iperf', declares: ['5000/UDP', '50600/UDP'], opensToo: ['8000/TCP'] },
  { name: 'nginx', declares: ['80/TCP'], opensToo: ['12000/UDP'] },
  { name: 'server', declares: ['7777/TCP'], opensToo: [] },
] as const;

/** Each workload has a namespace of its own name. */
export const EXAMPLE_NAMESPACES: readonly string[] = EXAMPLE.map(({ name }) => name);

/** The template of the example for this mode. The DNS of the node's cluster listens on a port above 1024. */
function exampleTemplate(mode: 'audit' | 'enforce'): string {
  return `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: ${mode}
unlisted: audit
defaults:
  dns: {namespace: kube-system, pods: {k8s-app: kube-dns}, ports: [5353/UDP, 5353/TCP]}
namespaces:
  - name: iperf
    rules:
      - {name: iperf, pods: {app: iperf}, ports: [5000/UDP, 50600/UDP]}
  - name: nginx
    rules:
      - {name: nginx, pods: {app: nginx}, ports: [80/TCP]}
      - {name: backend, pods: {app: nginx}, ports: [7777/TCP], to: [{namespace: server, pods: {app: server}}]}
  - name: server
    rules:
      - {name: server, pods: {app: server}, ports: [7777/TCP]}
`;
}

/** The ConfigMap that holds it, as the security team applies it. */
export const exampleConfigMap = (mode: 'audit' | 'enforce') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'portcullis-template', namespace: 'portcullis-system' },
  data: { 'general.yaml': exampleTemplate(mode) },
});

/** The three namespaces and their pods, as one object for kubectl. */
export const exampleObjects = () => ({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    ...EXAMPLE.map(({ name }) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...EXAMPLE.map(({ name, declares, opensToo }) => examplePod(name, { declares, listens: [...declares, ...opensToo] })),
  ],
});

interface Ports {
  readonly declares: readonly string[];
  readonly listens: readonly string[];
}

/** A pod `NAME/NAME` with these ports, each like `80/TCP`. */
export function examplePod(name: string, { declares, listens }: Ports) {
  const ports = declares.map((port) => ({ containerPort: Number(port.split('/')[0]), protocol: port.split('/')[1] }));
  const sockets = listens.map((port) => {
    const [number, protocol = 'TCP'] = port.split('/');
    return `${protocol.toLowerCase()}:${number}`;
  });
  const args = listens.length === 0 ? ['pause'] : ['listen', ...sockets];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      // Port 80, not as root.
      securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] },
      containers: [{ name, image: 'localhost/netcheck:1', imagePullPolicy: 'Never', args, ports }],
    },
  };
}
