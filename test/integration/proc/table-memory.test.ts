import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodePods } from '../../../src/adapters/proc/node-sockets.ts';
import { makeTableMemory } from '../../../src/adapters/proc/table-memory.ts';
import { lastingSockets } from '../../../src/core/node-sockets.ts';
import { type FakeProc, fakeProc } from '../../support/fake-proc.ts';

const API = '0b3a7d52-9f0c-4c1e-8a55-6f2d1c3b4a59';
const LOOKS = 30;

let proc: FakeProc;
beforeEach(async () => {
  proc = await fakeProc();
  await proc.start({ pid: 20, namespace: 'api', pod: API });
  await proc.listen('api', { tcp: ['00000000:1F90 5'] });
});
afterEach(() => proc.close());

async function count(tcp: number): Promise<void> {
  await proc.write('namespaces/api/sockstat', `TCP: inuse ${tcp} orphan 0\nUDP: inuse 0 mem 0\n`);
  await proc.write('namespaces/api/snmp', 'Tcp: CurrEstab\nTcp: 0\n');
}

function looking(): () => string | undefined {
  const memory = makeTableMemory();
  return () => [...nodePods({ proc: proc.path, memory }).values()].map(lastingSockets).join();
}

describe('one look after another', () => {
  it('sees a new listener at once where the counts tell of it', async () => {
    await count(1);
    const look = looking();
    const first = look();
    await proc.listen('api', { tcp: ['00000000:1F90 5', '00000000:270F 6'] });
    await count(2);
    expect([first, look()]).toEqual(['0.0.0.0 8080/TCP', '0.0.0.0 8080/TCP, 0.0.0.0 9999/TCP']);
  });

  it('sees one of which the counts tell nothing within thirty looks, and until then remembers', async () => {
    await count(1);
    const look = looking();
    look();
    await proc.listen('api', { tcp: ['00000000:270F 6'] });
    const seen = Array.from({ length: LOOKS }, look);
    const turn = seen.indexOf('0.0.0.0 9999/TCP');
    expect(seen).toEqual(seen.map((_, index) => (index < turn ? '0.0.0.0 8080/TCP' : '0.0.0.0 9999/TCP')));
    await proc.listen('api', { tcp: [] });
    expect(Array.from({ length: LOOKS }, look).indexOf('')).toBe(turn);
  });

  it('reads everything at each look where the kernel counts nothing', async () => {
    const look = looking();
    look();
    await proc.listen('api', { tcp: ['00000000:270F 6'] });
    expect(look()).toBe('0.0.0.0 9999/TCP');
  });

  it('forgets a pod that is gone', async () => {
    await count(1);
    const look = looking();
    look();
    await proc.end(20);
    expect(look()).toBe('');
  });
});
