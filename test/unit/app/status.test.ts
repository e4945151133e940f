import { describe, expect, it } from 'vitest';
import { statusOf } from '../../../src/app/status.ts';
import { NO_TEMPLATE } from '../../../src/app/template-state.ts';
import type { AgentState } from '../../../src/core/agent-state.ts';
import { type Enforcement, notProven } from '../../../src/core/enforcement.ts';
import { port } from '../../support/scan.ts';
import { at, template } from '../../support/template.ts';

describe('the status', () => {
  it('says that there is no template', () => {
    expect(statusOf(NO_TEMPLATE, new Map())).toEqual({
      template: 'none: no template was ever accepted',
      refused: [],
      conflicts: [],
      nodes: [],
      namespaces: [],
      agents: [],
      quarantined: [],
    });
  });

  it('names the template in force, what is wrong with each refused ConfigMap, and the namespaces that need a person by name', () => {
    const refused = [
      { name: 'portcullis-template', issues: [{ place: at(4), path: 'mode', message: '"enforced" is no mode' }] },
      {
        name: 'team-a',
        issues: [
          { place: at(1), path: '', message: 'is no YAML' },
          { place: at(2), path: 'a', message: 'is unknown' },
        ],
      },
    ];
    const conflicts = new Map([
      ['web', ['portcullis-block']],
      ['shop', ['portcullis-allow', 'portcullis-block']],
    ]);
    expect(statusOf({ template: template([]), accepted: [], refused }, conflicts)).toEqual({
      template: '0123456789ab',
      refused: [
        'ConfigMap portcullis-template:',
        '  template.yaml:4:3  mode: "enforced" is no mode',
        'ConfigMap team-a:',
        '  template.yaml:1:3  is no YAML',
        '  template.yaml:2:3  a: is unknown',
      ],
      conflicts: ['shop: portcullis-allow, portcullis-block belongs to somebody else', 'web: portcullis-block belongs to somebody else'],
      nodes: [],
      namespaces: [],
      agents: [],
      quarantined: [],
    });
  });

  it('says what is proven of nodes and namespaces, what is wrong first, with the evidence, and names the pods in quarantine', () => {
    const evidence = { port: port('9445'), address: '10.0.0.1', from: 'portcullis-system/prober', at: new Date('2026-01-01T00:00:00Z') };
    const nodes = new Map<string, Enforcement>([
      ['n1', notProven('no agent runs on it')],
      ['n3', { state: 'enforced', reason: 'shut', evidence }],
      ['n2', { state: 'enforced', reason: 'shut', evidence }],
      ['n4', { state: 'not enforced', reason: 'open', evidence }],
    ]);
    const namespaces = new Map(Array.from({ length: 302 }, (_, index) => [`ns-${String(index).padStart(3, '0')}`, notProven('no scan')]));
    const quarantined = [{ namespace: 'shop', name: 'api', state: 'shut' as const, ports: [port('9999'), port('53/UDP')] }];
    const status = statusOf(NO_TEMPLATE, new Map(), { nodes, namespaces, quarantined });
    const probed = '(probed from portcullis-system/prober at 2026-01-01T00:00:00.000Z)';
    expect([status.nodes, status.quarantined]).toEqual([
      [
        `n4: not enforced: open ${probed}`,
        `n2: enforced: shut ${probed}`,
        `n3: enforced: shut ${probed}`,
        'n1: not proven: no agent runs on it',
      ],
      ['shop/api: shut, for 9999/TCP, 53/UDP'],
    ]);
    expect([status.namespaces].flat().slice(299)).toEqual(['ns-299: not proven: no scan', 'and 2 more']);
  });

  it('names the nodes on which nobody sees what listens first', () => {
    const agents = new Map<string, AgentState>([
      ['n1', { state: 'watching', since: '2026-01-01T00:00:00.000Z' }],
      ['n2', { state: 'starting' }],
      ['n3', { state: 'failing', reason: 'connect ECONNREFUSED 10.0.0.3:9443' }],
      ['n4', { state: 'missing' }],
    ]);
    const status = statusOf(NO_TEMPLATE, new Map(), { nodes: new Map(), namespaces: new Map(), quarantined: [], agents });
    expect(status.agents).toEqual([
      'n2: was not heard of yet',
      'n3: does not answer: connect ECONNREFUSED 10.0.0.3:9443',
      'n4: no agent runs on it',
      'n1: answers since 2026-01-01T00:00:00.000Z',
    ]);
  });
});
