import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { namespaceReader } from '../../../src/adapters/proc/namespace-tables.ts';
import { type LookOptions, nodePods } from '../../../src/adapters/proc/node-sockets.ts';
import { formatPort } from '../../../src/core/port.ts';
import { CONTAINER_ID, type FakeProc, fakeProc, PRIVILEGED, TABLE_HEADER } from '../../support/fake-proc.ts';

const API = '0b3a7d52-9f0c-4c1e-8a55-6f2d1c3b4a59';
const WEB = '1c4b8e63-0a1d-4d2f-9b66-7a3e2d4c5b6a';

let proc: FakeProc;
beforeEach(async () => {
  proc = await fakeProc();
  await proc.start({ pid: 1, namespace: 'node', name: 'init' });
  await proc.listen('node', { tcp: ['00000000:0016 16'] });
});
afterEach(() => proc.close());

/** Each pod with its listeners as `address port process`, and what cannot be seen; or the reason. */
function look(options: LookOptions = {}): Record<string, unknown> {
  return Object.fromEntries(
    [...nodePods({ ...options, proc: proc.path })].map(([uid, pod]) => {
      if (pod.listeners === undefined) return [uid, pod.reason];
      const lines = pod.listeners.map(({ address, port, process }) => [address, formatPort(port), ...(process ? [process] : [])].join(' '));
      return [uid, pod.cannotSee === undefined ? lines : [...lines, `without ${pod.cannotSee}`]];
    }),
  );
}

describe('the sockets of a node', () => {
  it('are those of each pod with a process, and of nothing else on the node', async () => {
    await proc.start({ pid: 20, namespace: 'api', pod: API, name: 'pause' });
    await proc.start({ pid: 21, namespace: 'api', pod: API });
    await proc.start({ pid: 30, namespace: 'web', pod: WEB });
    await proc.listen('api', { tcp: ['00000000:1F90 5', '0100007F:240D 6'] });
    await proc.listen('web', {});
    expect(look()).toEqual({ [API]: ['0.0.0.0 8080/TCP', '127.0.0.1 9229/TCP', 'without process names'], [WEB]: [] });
  });

  it('are told once where several sockets share a port, in a fixed order', async () => {
    await proc.start({ pid: 20, namespace: 'api', pod: API });
    await proc.listen('api', { tcp: ['00000000:1F90 5', '00000000:0050 6', '00000000:1F90 7'], udp: ['00000000:0050 8'] });
    expect(look()).toEqual({ [API]: ['0.0.0.0 80/TCP', '0.0.0.0 80/UDP', '0.0.0.0 8080/TCP', 'without process names'] });
  });

  it('are those of every namespace of a pod: one that its processes made cannot hide the others', async () => {
    await proc.start({ pid: 19, namespace: 'made', pod: API });
    await proc.start({ pid: 20, namespace: 'api', pod: API });
    await proc.listen('made', { tcp: [] });
    await proc.listen('api', { tcp: ['00000000:1F90 5'] });
    expect(look()).toEqual({ [API]: ['0.0.0.0 8080/TCP', 'without process names'] });
  });

  it('are those of the node for a pod on its network', async () => {
    await proc.start({ pid: 20, namespace: 'node', pod: API });
    await proc.start({ pid: 30, namespace: 'node', pod: WEB });
    expect(look()).toEqual({ [API]: ['0.0.0.0 22/TCP', 'without process names'], [WEB]: ['0.0.0.0 22/TCP', 'without process names'] });
  });

  it('are read by another process of the pod where one ends meanwhile', async () => {
    await proc.start({ pid: 20, namespace: 'api', pod: API });
    await proc.start({ pid: 21, namespace: 'api', pod: API });
    await proc.listen('api', { tcp: ['00000000:1F90 5'] });
    await proc.end(20);
    await proc.write('20/cgroup', `0::/kubepods/pod${API}/${CONTAINER_ID}\n`);
    expect(look()).toEqual({ [API]: ['0.0.0.0 8080/TCP', 'without process names'] });
  });

  it('are no reading where the process has ended: then a missing table means nothing', async () => {
    await proc.start({ pid: 20, namespace: 'api', pod: API });
    await proc.listen('api', {});
    const read = namespaceReader(proc.path);
    const before = read(20);
    await proc.end(20);
    expect([before, read(20)]).toEqual([{ known: true, sockets: [] }, 'gone']);
  });

  it('are not told of a pod whose processes have all ended', async () => {
    await proc.write('20/cgroup', `0::/kubepods/pod${API}/${CONTAINER_ID}\n`);
    expect(look()).toEqual({});
  });

  it('are not known where a table cannot be read whole, with the reason', async () => {
    await proc.start({ pid: 20, namespace: 'api', pod: API });
    await proc.listen('api', {});
    await proc.write('namespaces/api/tcp6', `${TABLE_HEADER}   0: what\n`);
    expect(look()).toEqual({ [API]: 'the table net/tcp6 has lines that cannot be read (1)' });
  });

  it('are not known where a table may not be read, with the reason', async () => {
    await proc.start({ pid: 20, namespace: 'api', pod: API });
    await proc.listen('api', {});
    await chmod(proc.path, 0o755);
    await chmod(join(proc.path, 'namespaces/api/udp'), 0);
    const root = process.geteuid?.() === 0;
    try {
      if (root) process.seteuid?.(65534);
      expect(look()).toEqual({ [API]: 'the socket tables may not be read' });
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  it('have the name of their process where both capabilities are there', async () => {
    await proc.write('self/status', PRIVILEGED);
    await proc.start({ pid: 20, namespace: 'api', pod: API, name: 'nginx', holds: [5] });
    await proc.start({ pid: 21, namespace: 'api', pod: API, name: 'worker', holds: [5, 6] });
    await proc.listen('api', { tcp: ['00000000:1F90 5', '00000000:0050 6'] });
    expect(look()).toEqual({ [API]: ['0.0.0.0 80/TCP worker', '0.0.0.0 8080/TCP nginx'] });
  });

  it('have names as far as a process of the pod holds them', async () => {
    await proc.write('self/status', PRIVILEGED);
    await proc.start({ pid: 20, namespace: 'node', pod: API, name: 'proxy', holds: [5] });
    await proc.listen('node', { tcp: ['00000000:1F90 5', '00000000:0016 16'] });
    expect(look()).toEqual({ [API]: ['0.0.0.0 22/TCP', '0.0.0.0 8080/TCP proxy', 'without some process names'] });
  });

  it('cannot be told without a procfs', () => {
    expect(() => nodePods({ proc: '/nowhere' })).toThrow('ENOENT');
  });
});
