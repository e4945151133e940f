import { type Cidr, formatCidr, isStrictlyInside, readCidr } from '../cidr.ts';
import type { DocumentNode, Place } from '../document.ts';
import { EVERYTHING } from '../selector.ts';
import type { CidrPeer, Peer, PodsPeer } from './model.ts';
import { namespacePattern } from './names.ts';
import { type RecordValue, record } from './record.ts';
import { podSelector } from './selector.ts';
import { described, flag, inside, listOf, refine, report, type Said, type Shape, type Spot, text } from './shape.ts';

/** A block of addresses together with the place that an `except` may have to name. */
const cidrBlock: Shape<Said<Cidr>> = described(
  refine(text, (written, { place }, spot) => {
    const cidr = readCidr(written);
    return 'problem' in cidr ? report(spot, place, `"${written}" ${cidr.problem}`) : { value: cidr, place };
  }),
  'A block of addresses, IPv4 or IPv6, without host bits.',
  '10.0.0.0/8',
  '2001:db8::/32',
);

export const peerFields = {
  namespace: {
    shape: described(
      namespacePattern,
      'The namespace of the pods: its exact name, or a prefix like pr-*. Absent: the namespace that the rule stands in.',
      'web',
      'pr-*',
    ),
  },
  pods: { shape: podSelector },
  cidr: { shape: cidrBlock },
  except: { shape: described(listOf(cidrBlock), 'Blocks inside of cidr that are not meant.', ['169.254.169.254/32']) },
  apiServer: {
    shape: described(
      refine(flag, (value, { place }, spot) => (value ? true : report(spot, place, 'apiServer is true or absent; remove this peer'))),
      'The API server of the cluster, by its addresses.',
    ),
  },
};

/** The forms of a peer, by the key that decides. */
export const PODS_FORM = { properties: { cidr: false, except: false, apiServer: false } };
export const CIDR_FORM = { required: ['cidr'], properties: { namespace: false, pods: false, apiServer: false } };
const API_SERVER_FORM = {
  required: ['apiServer'],
  properties: { namespace: false, pods: false, cidr: false, except: false, apiServer: { const: true } },
};

/** The other end of a connection: pods, addresses, or the API server. */
const peer: Shape<Peer> = described(
  refine(record(peerFields, { oneOf: [{ ...PODS_FORM, minProperties: 1 }, CIDR_FORM, API_SERVER_FORM] }), readPeer),
  'The other end of the connection: pods ({namespace, pods}), addresses ({cidr, except}) or the API server ({apiServer: true}).',
  { namespace: 'web', pods: { app: 'front' } },
  { cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] },
);

/** The peers of a rule. */
export const peers: Shape<readonly Peer[]> = listOf(peer);

export type PeerRecord = Pick<RecordValue<typeof peerFields>, 'values' | 'keys' | 'place'>;

function readPeer(read: PeerRecord, _node: DocumentNode, spot: Spot): Peer | undefined {
  const form = soleForm(read, spot);
  switch (form) {
    case 'pods':
      return podsPeer(read);
    case 'cidr':
      return cidrPeer(read, spot);
    case 'apiServer':
      return { kind: 'apiServer' };
    case undefined:
      return undefined;
  }
}

type Form = 'pods' | 'cidr' | 'apiServer';
const FORM_OF_KEY: readonly (readonly [string, Form])[] = [
  ['namespace', 'pods'],
  ['pods', 'pods'],
  ['cidr', 'cidr'],
  ['except', 'cidr'],
  ['apiServer', 'apiServer'],
];

/** The one form that the keys of a peer make; two forms in one peer would be read as "or" by some people and as "and" by others. */
export function soleForm({ keys, place }: Pick<PeerRecord, 'keys' | 'place'>, spot: Spot): Form | undefined {
  const present = FORM_OF_KEY.filter(([key]) => keys.has(key));
  const [first] = present;
  if (first === undefined) {
    // Where only unknown keys stand, those were reported already.
    if (keys.size > 0) return undefined;
    return report(
      spot,
      place,
      'an empty peer; write {pods: {}} for every pod of this namespace, or {cidr: 0.0.0.0/0} for every IPv4 address',
    );
  }
  const other = present.find(([, form]) => form !== first[1]);
  if (other === undefined) return first[1];
  return report(spot, keys.get(other[0]) ?? place, `${first[0]} and ${other[0]} stand in one peer; write two peers`);
}

/** Pods; without `pods` every pod of the namespace. */
export function podsPeer({ values }: PeerRecord): PodsPeer {
  const { namespace, pods } = values;
  return { kind: 'pods', ...(namespace === undefined ? {} : { namespace: namespace.value }), pods: pods?.value ?? EVERYTHING };
}

/** Addresses; every `except` must be a smaller block inside of `cidr` (Kubernetes refuses others). */
export function cidrPeer({ values, keys, place }: PeerRecord, spot: Spot): CidrPeer | undefined {
  if (!keys.has('cidr'))
    return report(spot, keys.get('except') ?? place, 'except stands without cidr; write the cidr that it is taken from');
  const cidr = values.cidr?.value.value;
  if (cidr === undefined) return undefined;
  const except = (values.except?.value ?? []).flatMap((block) => checkExcept(block, cidr, inside(spot, 'except')) ?? []);
  return { kind: 'cidr', cidr: formatCidr(cidr), except };
}

function checkExcept({ value, place }: { readonly value: Cidr; readonly place: Place }, cidr: Cidr, spot: Spot): string | undefined {
  const written = formatCidr(value);
  if (isStrictlyInside(value, cidr)) return written;
  if (written === formatCidr(cidr)) return report(spot, place, `${written} is the whole cidr; remove the peer, or except a smaller block`);
  return report(spot, place, `${written} is not inside of ${formatCidr(cidr)}`);
}
