import { afterEach, describe, expect, it } from 'vitest';
import type { OutsideView, Reachability } from '../../src/core/finding.ts';
import { formatPort, type Port } from '../../src/core/port.ts';
import type { Scanner } from '../../src/ports.ts';
import { droppingListener, hasIpv6, hungListener, type TestListener, tcpListener, udpListener } from '../support/listeners.ts';

const NEVER = new AbortController().signal;

/** No host has it: the kernel refuses to connect to a multicast group, and sends nothing. */
const NOBODYS_ADDRESS = '224.0.0.1';

/** The contract of every Scanner, tried on real sockets of the loopback interface. */
export function scannerContract(name: string, scanner: Scanner): void {
  describe(`the scanner ${name}`, () => {
    const opened: TestListener[] = [];
    const keep = async <T extends TestListener>(listener: Promise<T>): Promise<T> => {
      const there = await listener;
      opened.push(there);
      return there;
    };
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((listener) => listener.close()));
    });
    const scan = (ports: readonly Port[], address = '127.0.0.1') => scanner.scan({ address, ports }, NEVER);

    it('tells open from closed', async () => {
      const open = await keep(tcpListener());
      const closed = await tcpListener();
      await closed.close();
      expect(states(await scan([tcp(open.number), tcp(closed.number)]))).toEqual({
        [`${open.number}/TCP`]: 'open',
        [`${closed.number}/TCP`]: 'closed',
      });
    });

    it('calls a listener open that never accepts', async () => {
      const hung = await keep(hungListener());
      expect(states(await scan([tcp(hung.number)]))).toEqual({ [`${hung.number}/TCP`]: 'open' });
    });

    it('calls a port filtered that gives no answer', async () => {
      const dropping = await keep(droppingListener());
      const open = await keep(tcpListener());
      expect(states(await scan([tcp(dropping.number), tcp(open.number)]))).toEqual({
        [`${dropping.number}/TCP`]: 'filtered',
        [`${open.number}/TCP`]: 'open',
      });
    });

    it('never calls a UDP listener that keeps silent open or closed', async () => {
      const silent = await keep(udpListener());
      expect(states(await scan([udp(silent.number)]))).toEqual({ [`${silent.number}/UDP`]: 'unknown' });
    });

    it('knows nothing of SCTP, and says so', async () => {
      expect(states(await scan([{ number: 2905, protocol: 'SCTP' }]))).toEqual({ '2905/SCTP': 'unknown' });
    });

    it('tells the families apart', async ({ annotate }) => {
      if (!hasIpv6) return void (await annotate('this machine has no ::1: nothing is proven of IPv6'));
      const six = await keep(tcpListener('::1'));
      const answers = [await scan([tcp(six.number)], '::1'), await scan([tcp(six.number)])];
      expect(answers.map(states)).toEqual([{ [`${six.number}/TCP`]: 'open' }, { [`${six.number}/TCP`]: 'closed' }]);
    });

    it('answers 200 ports, each once', async () => {
      const open = await Promise.all(Array.from({ length: 5 }, () => keep(tcpListener())));
      const asked = [...open.map(({ number }) => tcp(number)), ...Array.from({ length: 195 }, (_, index) => tcp(index + 1))];
      const view = await scan([...asked, ...asked]);
      const found = states(view);
      expect(view.known && view.probes.length).toBe(200);
      expect(Object.keys(found).sort()).toEqual(asked.map(formatPort).sort());
      expect(open.map(({ number }) => found[`${number}/TCP`])).toEqual(['open', 'open', 'open', 'open', 'open']);
      expect(Object.values(found).filter((state) => state === 'closed').length).toBeGreaterThan(150);
    });

    it('answers an empty list at once', async () => {
      expect(await scan([])).toEqual({ known: true, engine: scanner.engine, probes: [] });
    });

    it('takes no port of an address that is gone for open or closed', async () => {
      const view = await scan([tcp(80), tcp(81)], NOBODYS_ADDRESS);
      expect(Object.values(states(view)).filter((state) => state === 'open' || state === 'closed')).toEqual([]);
    });

    it('refuses what is no address, without looking it up', async () => {
      for (const address of ['localhost', '-oN', '127.1', 'fe80::1%lo', '']) {
        const view = await scanner.scan({ address, ports: [tcp(80)] }, NEVER);
        expect(view).toEqual({ known: false, engine: scanner.engine, reason: `${JSON.stringify(address)} is no IP address`, partial: [] });
      }
    });

    it('knows nothing after an abort, before or under way', async () => {
      const dropping = await keep(droppingListener());
      const target = { address: '127.0.0.1', ports: [tcp(dropping.number)] };
      const before = await scanner.scan(target, AbortSignal.abort());
      const controller = new AbortController();
      const underWay = scanner.scan(target, controller.signal);
      setImmediate(() => controller.abort());
      expect([before, await underWay].map((view) => [view.known, 'partial' in view && view.partial])).toEqual([
        [false, []],
        [false, []],
      ]);
    });
  });
}

function tcp(number: number): Port {
  return { number, protocol: 'TCP' };
}

function udp(number: number): Port {
  return { number, protocol: 'UDP' };
}

/** What a view says of each port, whole or not. */
function states(view: OutsideView): Record<string, Reachability> {
  const probes = view.known ? view.probes : view.partial;
  return Object.fromEntries(probes.map(({ port, reachability }) => [formatPort(port), reachability]));
}
