/** A block of addresses, IPv4 or IPv6, as `ipBlock` of a NetworkPolicy takes it. */
export interface Cidr {
  readonly family: 4 | 6;
  /** The first address of the block, as a number. */
  readonly network: bigint;
  readonly prefix: number;
}

/** A text that is no CIDR block, in words that complete `"10.0.0.1" ...`. */
export interface CidrProblem {
  readonly problem: string;
}

/**
 * Reads `10.0.0.0/8` or `2001:db8::/32`. Host bits that are set, leading zeros (octal to some readers), IPv4 inside of IPv6 and zones are
 * refused: the API server and the agents do not agree on them (kubernetes/kubernetes KEP-4858).
 */
export function readCidr(text: string): Cidr | CidrProblem {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = readAddress(addressText);
  if ('problem' in address) return address;
  const width = widthOf(address.family);
  if (prefixText === undefined) return { problem: `has no prefix length; write ${addressText}/${width} for this one address` };
  const prefix = Number(prefixText);
  if (rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(prefixText) || prefix > width) {
    return { problem: `has no prefix length between 0 and ${width}` };
  }
  const network = networkOf({ family: address.family, network: address.bits, prefix });
  const cidr: Cidr = { family: address.family, network, prefix };
  if (network === address.bits) return cidr;
  return { problem: `has host bits set; write ${formatCidr(cidr)}, or ${addressText}/${width} for the one address` };
}

/** Whether the inner block lies in the outer one and is smaller: what `except` must be. */
export function isStrictlyInside(inner: Cidr, outer: Cidr): boolean {
  return inner.family === outer.family && inner.prefix > outer.prefix && networkOf({ ...inner, prefix: outer.prefix }) === outer.network;
}

/** The canonical text: RFC 5952 for IPv6. */
export function formatCidr({ family, network, prefix }: Cidr): string {
  return `${formatAddress(family, network)}/${prefix}`;
}

/** The canonical text of one address, given as a number: RFC 5952 for IPv6. */
export function formatAddress(family: 4 | 6, bits: bigint): string {
  return family === 4 ? formatIpv4(bits) : formatIpv6(bits);
}

function widthOf(family: 4 | 6): 32 | 128 {
  return family === 4 ? 32 : 128;
}

function networkOf({ family, network, prefix }: Cidr): bigint {
  const hostBits = BigInt(widthOf(family) - prefix);
  return (network >> hostBits) << hostBits;
}

type Address = { readonly family: 4 | 6; readonly bits: bigint } | CidrProblem;

function readAddress(text: string): Address {
  if (text.includes(':')) return readIpv6(text);
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) <= 255)) {
    return { problem: 'is no block of addresses; write one like 10.0.0.0/8 or 2001:db8::/32' };
  }
  if (parts.some((part) => /^0[0-9]/.test(part))) return { problem: 'has a leading zero, which some readers take for octal; leave it out' };
  return { family: 4, bits: parts.reduce((bits, part) => (bits << 8n) + BigInt(part), 0n) };
}

function readIpv6(text: string): Address {
  if (text.includes('.')) return { problem: 'is IPv4 inside of IPv6; write the IPv4 block' };
  const halves = text.split('::');
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const groups = [...(head ?? []), ...(tail ?? [])];
  const gap = 8 - groups.length;
  const complete = halves.length === 1 ? gap === 0 : halves.length === 2 && gap >= 1;
  if (!complete || !groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) {
    return { problem: 'is no block of IPv6 addresses; write one like 2001:db8::/32' };
  }
  const all = tail === undefined ? groups : [...(head ?? []), ...Array<string>(gap).fill('0'), ...tail];
  const bits = all.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
  if (bits >> 32n === 0xffffn) return { problem: 'is IPv4 inside of IPv6; write the IPv4 block' };
  return { family: 6, bits };
}

function formatIpv4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join('.');
}

function formatIpv6(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  const zeros = [...groups.join(':').matchAll(/(?<=^|:)0(:0)+(?=$|:)/g)].sort((a, b) => b[0].length - a[0].length)[0];
  if (zeros === undefined) return groups.join(':');
  const text = groups.join(':');
  return `${text.slice(0, zeros.index).replace(/:$/, '')}::${text.slice(zeros.index + zeros[0].length).replace(/^:/, '')}`;
}
