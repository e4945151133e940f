import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastingSockets, type NodeSockets, nodeSocketsTag, readNodeSockets, writeNodeSockets } from '../../../src/core/node-sockets.ts';
import { listener } from '../../support/scan.ts';

const API = '0b3a7d52-9f0c-4c1e-8a55-6f2d1c3b4a59';
const AT = '2026-06-01T12:00:00.000Z';
const answer = (pod: unknown, uid = API) => ({ node: 'node-1', at: AT, pods: { [uid]: pod } });
const socket = { port: { number: 80, protocol: 'TCP' }, address: '0.0.0.0', ephemeral: false };

describe('the answer of an agent', () => {
  const refused: Record<string, [unknown, string]> = {
    'is an object': ['pods', 'is not {node, at, pods}'],
    'has pods': [{ node: 'node-1', at: AT }, 'is not {node, at, pods}'],
    'names its node': [{ pods: {}, at: AT }, 'has no node or no time'],
    'has pods by UID': [answer({ listeners: [] }, '__proto__\u001b[31m'), 'has a pod that cannot be read (__proto__?[31m)'],
    'has listeners or a reason for each pod': [answer({}), `has a pod that cannot be read (${API})`],
    'has ports': [answer({ listeners: [{ ...socket, port: { number: 0, protocol: 'TCP' } }] }), `has a pod that cannot be read (${API})`],
    'has known protocols': [
      answer({ listeners: [{ ...socket, port: { number: 1, protocol: 'X' } }] }),
      `has a pod that cannot be read (${API})`,
    ],
    'has addresses': [answer({ listeners: [{ ...socket, address: 'here' }] }), `has a pod that cannot be read (${API})`],
    'is whole: one listener that cannot be read spoils it': [answer({ listeners: [socket, 7] }), `has a pod that cannot be read (${API})`],
  };
  for (const [sentence, [value, problem]] of Object.entries(refused)) {
    it(sentence, () => expect(readNodeSockets(value)).toEqual({ problem }));
  }

  it('brings nothing to a terminal but plain characters', () => {
    const read = readNodeSockets(answer({ listeners: [{ ...socket, process: 'a\u001b[31m' }], cannotSee: 'x\ny' }));
    expect('pods' in read && read.pods.get(API)).toEqual({ listeners: [{ ...socket, process: 'a?[31m' }], cannotSee: 'x?y' });
    const reason = readNodeSockets(answer({ reason: 'no\r' }));
    expect('pods' in reason && reason.pods.get(API)).toEqual({ reason: 'no?' });
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.uuid(), pods), (byUid) => {
        const sockets: NodeSockets = { node: 'node-1', at: AT, pods: new Map(Object.entries(byUid)) };
        expect(readNodeSockets(JSON.parse(writeNodeSockets(sockets)))).toEqual(sockets);
      }),
    );
  });
});

const listeners = fc
  .record({
    number: fc.integer({ min: 1, max: 65535 }),
    protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'),
    address: fc.constantFrom('::', '127.0.0.1'),
  })
  .map(({ number, protocol, address }) => listener(`${number}/${protocol}`, address));
const pods = fc.oneof(
  fc.record({ listeners: fc.array(listeners) }),
  fc.record({ listeners: fc.array(listeners), cannotSee: fc.constant('process names') }),
  fc.record({ reason: fc.constant('the table net/tcp is missing') }),
);

describe('what lasts of a pod', () => {
  it('are its listeners in any order, without clients and names', () => {
    const pod = { listeners: [listener('80', '::', { process: 'nginx' }), listener('40000/UDP'), listener('53/UDP')] };
    expect(lastingSockets(pod)).toBe('0.0.0.0 53/UDP, :: 80/TCP');
    expect(lastingSockets({ listeners: [listener('53/UDP'), listener('80', '::')], cannotSee: 'process names' })).toBe(lastingSockets(pod));
  });

  it('makes the tag of a node: the same for the same, another for each change', () => {
    const tag = (...ports: string[]) => nodeSocketsTag(new Map([[API, { listeners: ports.map((port) => listener(port)) }]]));
    expect(tag('80', '53/UDP')).toMatch(/^W\/"[\w-]{22}"$/);
    expect(tag('53/UDP', '80', '40000/UDP')).toBe(tag('80', '53/UDP'));
    const others = [tag('80'), tag(), nodeSocketsTag(new Map()), nodeSocketsTag(new Map([[API, { reason: 'gone' }]]))];
    expect(new Set([tag('80', '53/UDP'), ...others]).size).toBe(5);
  });
});
