/** The template that the fuzzed reviews are judged by, twice: as the product reads it, and as plain rows for the naive gate. */

export const OWN_NAMESPACE = 'portcullis-system';

export const FUZZ_TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: deny
namespaces:
  - name: shop
    hostPorts: [8080, 9000-9100/UDP]
    rules:
      - {name: api, pods: {app: api}, ports: [8080/TCP, 9000-9100/UDP]}
      - {name: all, ports: [80]}
      - {name: tiers, pods: {matchExpressions: [{key: tier, operator: In, values: [web, api]}]}, ports: [8443]}
      - {name: new, pods: {matchExpressions: [{key: legacy, operator: DoesNotExist}]}, ports: [7070]}
  - name: web
    mode: audit
    rules:
      - {name: front, pods: {app: front}, ports: [80]}
      - {name: calls, pods: {app: front}, to: [{namespace: shop, pods: {app: db}}], ports: [5432]}
  - name: host
    hostNetwork: true
    rules: [{ports: [53/UDP, 53/TCP, 132/SCTP]}]
  - name: pr-*
    rules: [{ports: [8080]}]
  - name: quiet
    mode: off
  - name: waiting
    rules: [{ports: [8080]}]
`;

export interface Row {
  readonly namespace: string;
  readonly ports: readonly [from: number, to: number, protocol: string];
  /** Whether the rule means a pod with these labels. */
  readonly means: (labels: ReadonlyMap<string, unknown>) => boolean;
}

const anyPod = () => true;
const labelled =
  (key: string, ...values: string[]) =>
  (labels: ReadonlyMap<string, unknown>) =>
    values.some((one) => labels.get(key) === one);

/** What may listen where. */
export const ROWS: readonly Row[] = [
  { namespace: 'shop', ports: [8080, 8080, 'TCP'], means: labelled('app', 'api') },
  { namespace: 'shop', ports: [9000, 9100, 'UDP'], means: labelled('app', 'api') },
  { namespace: 'shop', ports: [80, 80, 'TCP'], means: anyPod },
  { namespace: 'shop', ports: [8443, 8443, 'TCP'], means: labelled('tier', 'web', 'api') },
  { namespace: 'shop', ports: [7070, 7070, 'TCP'], means: (labels) => !labels.has('legacy') },
  { namespace: 'shop', ports: [5432, 5432, 'TCP'], means: labelled('app', 'db') },
  { namespace: 'web', ports: [80, 80, 'TCP'], means: labelled('app', 'front') },
  { namespace: 'host', ports: [53, 53, 'UDP'], means: anyPod },
  { namespace: 'host', ports: [53, 53, 'TCP'], means: anyPod },
  { namespace: 'host', ports: [132, 132, 'SCTP'], means: anyPod },
  { namespace: 'pr-', ports: [8080, 8080, 'TCP'], means: anyPod },
  { namespace: 'waiting', ports: [8080, 8080, 'TCP'], means: anyPod },
];

export const HOST_PORTS: readonly Row[] = [
  { namespace: 'shop', ports: [8080, 8080, 'TCP'], means: anyPod },
  { namespace: 'shop', ports: [9000, 9100, 'UDP'], means: anyPod },
];

/** The labels by which rules select pods of an enforced namespace; in the others there are none. */
export const SELECTING: Readonly<Record<string, readonly string[]>> = { shop: ['app', 'tier', 'legacy'] };

const EXEMPT = [OWN_NAMESPACE, 'portcullis-agent', 'kube-system', 'kube-node-lease', 'kube-public'];

/** `enforce` also for a namespace that nobody lists; `unlisted` says so. */
export function modeOf(namespace: string): { readonly mode: 'exempt' | 'off' | 'audit' | 'enforce'; readonly unlisted: boolean } {
  if (EXEMPT.includes(namespace)) return { mode: 'exempt', unlisted: false };
  if (namespace === 'quiet') return { mode: 'off', unlisted: false };
  if (namespace === 'web') return { mode: 'audit', unlisted: false };
  const listed = ['shop', 'host', 'waiting'].includes(namespace) || namespace.startsWith('pr-');
  return { mode: 'enforce', unlisted: !listed };
}

/** The namespaces whose policies are not in place yet. */
export const isWaiting = (namespace: string) => namespace === 'waiting';
export const isTerminating = (namespace: string) => namespace === 'pr-gone';

export const CONTROLLER = 'system:serviceaccount:portcullis-system:portcullis-controller';
