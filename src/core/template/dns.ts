import type { DocumentNode } from '../document.ts';
import type { Dns } from './model.ts';
import { namespaceName } from './names.ts';
import { CIDR_FORM, cidrPeer, PODS_FORM, peerFields, podsPeer, soleForm } from './peers.ts';
import { ports } from './ports.ts';
import { type RecordValue, record } from './record.ts';
import { described, inside, refine, report, type Shape, type Spot } from './shape.ts';

/** Where names are resolved when no document says it: CoreDNS or kube-dns as every installer places it. */
export const DEFAULT_DNS: Dns = {
  peer: { kind: 'pods', namespace: 'kube-system', pods: { matchLabels: { 'k8s-app': 'kube-dns' } } },
  ports: [
    { from: 53, to: 53, protocol: 'UDP' },
    { from: 53, to: 53, protocol: 'TCP' },
  ],
};

const dnsFields = {
  namespace: { shape: described(namespaceName, 'The namespace of the DNS pods.', 'kube-system') },
  pods: peerFields.pods,
  cidr: peerFields.cidr,
  except: peerFields.except,
  ports: {
    shape: described(ports, 'The ports of the DNS pods themselves, not of their Service (some clusters: 5353).', ['53/UDP', '53/TCP']),
    missing: 'ports are missing; write ports: [53/UDP, 53/TCP]',
  },
};

const dnsPeer: Shape<Dns> = refine(
  record(dnsFields, {
    oneOf: [
      { ...PODS_FORM, required: ['namespace', 'ports'] },
      { ...CIDR_FORM, required: ['cidr', 'ports'] },
    ],
  }),
  readPeer,
);

/** DNS egress of every closed namespace: pods, addresses, or `off`. */
export const dns: Shape<Dns> = described(
  {
    schema: { anyOf: [{ const: 'off' }, dnsPeer.schema] },
    read: (node, spot) => {
      if (node.kind === 'map') return dnsPeer.read(node, spot);
      if (node.kind === 'scalar' && node.raw === 'off') return 'off';
      return report(
        spot,
        node.place,
        'must be off, or a map like {namespace: kube-system, pods: {k8s-app: kube-dns}, ports: [53/UDP, 53/TCP]}',
      );
    },
  },
  'Where pods resolve names. Every closed namespace may call it. off: no DNS.',
  { namespace: 'kube-system', pods: { 'k8s-app': 'kube-dns' }, ports: ['53/UDP', '53/TCP'] },
);

function readPeer(read: RecordValue<typeof dnsFields>, _node: DocumentNode, spot: Spot): Dns | undefined {
  const form = soleForm(read, spot);
  if (form === 'pods' && !read.keys.has('namespace')) {
    return report(inside(spot, 'pods'), read.keys.get('pods') ?? read.place, 'namespace is missing; name the namespace of the DNS pods');
  }
  const peer = form === 'cidr' ? cidrPeer(read, spot) : form === 'pods' ? podsPeer(read) : undefined;
  return peer === undefined ? undefined : { peer, ports: read.values.ports?.value ?? [] };
}
