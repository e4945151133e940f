import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cidr, formatCidr, isStrictlyInside, readCidr } from '../../../src/core/cidr.ts';

function block(text: string): Cidr {
  const cidr = readCidr(text);
  if ('problem' in cidr) throw new Error(`${text} ${cidr.problem}`);
  return cidr;
}

describe('a block of addresses', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.1/32', '192.0.2.1/32'],
    ['::/0', '::/0'],
    ['2001:DB8:0:0::/32', '2001:db8::/32'],
    ['2001:db8:0:0:1:0:0:1/128', '2001:db8::1:0:0:1/128'],
    ['fe80:0:0:1::/64', 'fe80:0:0:1::/64'],
    ['1:2:3:4:5:6:7:8/128', '1:2:3:4:5:6:7:8/128'],
    ['::1/128', '::1/128'],
  ])('%s is written %s', (text, canonical) => {
    expect(formatCidr(block(text))).toBe(canonical);
  });

  it.each([
    ['10.0.0.1/8', 'has host bits set; write 10.0.0.0/8, or 10.0.0.1/32 for the one address'],
    ['10.0.0.1', 'has no prefix length; write 10.0.0.1/32 for this one address'],
    ['10.0.0.0/33', 'has no prefix length between 0 and 32'],
    ['10.0.0.0/08', 'has no prefix length between 0 and 32'],
    ['10.0.0.0/8/8', 'has no prefix length between 0 and 32'],
    ['::/129', 'has no prefix length between 0 and 128'],
    ['010.0.0.0/8', 'has a leading zero, which some readers take for octal; leave it out'],
    ['10.0.0/8', 'is no block of addresses; write one like 10.0.0.0/8 or 2001:db8::/32'],
    ['256.0.0.0/8', 'is no block of addresses; write one like 10.0.0.0/8 or 2001:db8::/32'],
    ['', 'is no block of addresses; write one like 10.0.0.0/8 or 2001:db8::/32'],
    ['1::2::3/64', 'is no block of IPv6 addresses; write one like 2001:db8::/32'],
    ['1:2:3:4:5:6:7/64', 'is no block of IPv6 addresses; write one like 2001:db8::/32'],
    ['1:2:3:4:5:6:7:8::/64', 'is no block of IPv6 addresses; write one like 2001:db8::/32'],
    ['fe80::1%eth0/64', 'is no block of IPv6 addresses; write one like 2001:db8::/32'],
    ['::ffff:10.0.0.0/104', 'is IPv4 inside of IPv6; write the IPv4 block'],
    ['::ffff:a00:0/104', 'is IPv4 inside of IPv6; write the IPv4 block'],
  ])('%s %s', (text, problem) => {
    expect(readCidr(text)).toEqual({ problem });
  });

  it.each([
    ['10.1.0.0/16', '10.0.0.0/8', true],
    ['10.0.0.0/8', '10.0.0.0/8', false],
    ['11.0.0.0/16', '10.0.0.0/8', false],
    ['10.0.0.0/8', '10.1.0.0/16', false],
    ['2001:db8:1::/48', '2001:db8::/32', true],
    ['0.0.0.0/8', '::/0', false],
  ])('%s inside of %s: %s', (inner, outer, inside) => {
    expect(isStrictlyInside(block(inner), block(outer))).toBe(inside);
  });

  it('is read back as it was written', () => {
    const cidrs = fc
      .record({
        bits: fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
        prefix: fc.nat(128),
        six: fc.boolean(),
        holes: fc.bigInt({ min: 0n, max: 255n }),
      })
      .map(({ bits, prefix, six, holes }): Cidr => {
        const width = six ? 128 : 32;
        const length = BigInt(width - Math.min(prefix, width));
        // Whole groups of zeros, so that the shortened forms are met.
        let punched = bits >> BigInt(128 - width);
        for (let group = 0n; group < 8n; group++) if ((holes >> group) & 1n) punched &= ~(0xffffn << (group * 16n));
        return { family: six ? 6 : 4, network: (punched >> length) << length, prefix: width - Number(length) };
      })
      .filter(({ family, network }) => family === 4 || network >> 32n !== 0xffffn);
    fc.assert(
      fc.property(cidrs, (cidr) => {
        expect(readCidr(formatCidr(cidr))).toEqual(cidr);
      }),
    );
  });

  it('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('1', '0', '255', '.', ':', '::', '/', 'f', ' ')), (parts) => void readCidr(parts.join(''))),
    );
  });
});
