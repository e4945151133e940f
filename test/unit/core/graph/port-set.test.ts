import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { both, EVERY_PORT, portSet, portSetWords, without } from '../../../../src/core/graph/port-set.ts';
import { type PortRange, rangeHolds } from '../../../../src/core/port.ts';

const range = (from: number, to = from, protocol: PortRange['protocol'] = 'TCP'): PortRange => ({ from, to, protocol });

const ranges = fc.array(
  fc
    .record({
      from: fc.integer({ min: 1, max: 20 }),
      span: fc.nat(6),
      protocol: fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const),
    })
    .map(({ from, span, protocol }) => range(from, from + span, protocol)),
  { maxLength: 6 },
);
const ports = fc.record({
  number: fc.integer({ min: 1, max: 27 }),
  protocol: fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const),
});

describe('a set of ports', () => {
  it('holds what its ranges hold, and so do the common part and the rest of two', () => {
    fc.assert(
      fc.property(ranges, ranges, ports, (a, b, port) => {
        const holds = (set: readonly PortRange[]) => set.some((one) => rangeHolds(one, port));
        expect(holds(portSet(a))).toBe(holds(a));
        expect(holds(both(portSet(a), portSet(b)))).toBe(holds(a) && holds(b));
        expect(holds(without(portSet(a), portSet(b)))).toBe(holds(a) && !holds(b));
      }),
    );
  });

  it('is the same list for the same ports, however they were written', () => {
    fc.assert(
      fc.property(ranges, ranges, (a, b) => {
        const split = a.flatMap((one) =>
          Array.from({ length: one.to - one.from + 1 }, (_, index) => range(one.from + index, one.from + index, one.protocol)),
        );
        expect(portSet([...split].reverse())).toEqual(portSet(a));
        expect(portSet([...both(portSet(a), portSet(b)), ...without(portSet(a), portSet(b))])).toEqual(portSet(a));
      }),
    );
  });

  it.each<[string, readonly PortRange[]]>([
    ['8080/TCP', [range(8080)]],
    ['80-82/TCP, 53/UDP', [range(53, 53, 'UDP'), range(81, 82), range(80)]],
    ['every TCP port', [range(1, 65535)]],
    ['every port', EVERY_PORT],
    ['every UDP port, every SCTP port', [range(1, 65535, 'UDP'), range(1, 65535, 'SCTP')]],
    ['', []],
  ])('reads as %j', (words, set) => {
    expect(portSetWords(portSet(set))).toBe(words);
  });
});
