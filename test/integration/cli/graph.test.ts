import { describe, expect, it } from 'vitest';
import { graphDot } from '../../../src/cli/output/dot.ts';
import { graphMermaid } from '../../../src/cli/output/mermaid.ts';
import { run, withFiles } from '../../support/cli.ts';

const TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: off
namespaces:
  - name: shop
    rules:
      - {pods: {app: api}, ports: [8080, 9000-9100/UDP], from: [{namespace: web, pods: {app: front}}]}
      - {pods: {app: api}, to: [{cidr: 0.0.0.0/0, except: [169.254.169.254/32]}], ports: [443]}
  - name: web
    rules: [{ports: [8443]}]
`;

const draw = (format: string, text = TEMPLATE) =>
  withFiles({ 'template.yaml': text }, (folder) => run(['template', 'show', `${folder}/template.yaml`, '-o', format], { folder }));

describe('portcullis template show', () => {
  it('draws the connections for Graphviz', async () => {
    expect(await draw('dot')).toEqual({
      code: 0,
      err: '',
      out: `digraph portcullis {
  rankdir=LR;
  node [shape=box];
  subgraph cluster_0 {
    label="shop";
    n0 [label="app=api"];
  }
  subgraph cluster_1 {
    label="web";
    n1 [label="every pod"];
    n2 [label="app=front"];
  }
  n3 [label="0.0.0.0/0 except 169.254.169.254/32", shape=ellipse];
  n4 [label="anywhere", shape=ellipse];
  n0 -> n3 [label="443/TCP"];
  n2 -> n0 [label="8080/TCP, 9000-9100/UDP"];
  n4 -> n1 [label="8443/TCP"];
}
`,
    });
  });

  it('draws the same for Mermaid', async () => {
    const { code, out } = await draw('mermaid');
    expect({ code, arrows: out.match(/^.*-->.*$/gm) }).toEqual({
      code: 0,
      arrows: ['  n0 -->|"443/TCP"| n3', '  n2 -->|"8080/TCP, 9000-9100/UDP"| n0', '  n4 -->|"8443/TCP"| n1'],
    });
  });

  it('draws a pattern as itself, also where only a peer has it', async () => {
    const rules = (peer: string) => `[{pods: {app: api}, ports: [80], from: [{namespace: ${peer}, pods: {app: front}}]}]`;
    const { err, out } = await draw('mermaid', `${TEMPLATE}  - name: pr-*\n    rules: ${rules('team-*')}\n`);
    expect(err).toBe('');
    expect(out.match(/subgraph .*#42;.*/g)).toEqual(['subgraph s0["pr-#42;"]', expect.stringMatching(/team-#42;/)]);
    expect(out).toMatch(/-->\|"80\/TCP"\|/);
  });

  it('says what it cannot draw without a cluster', async () => {
    const { err } = await draw('dot', `${TEMPLATE}  - name: pr-*\n    rules: [{ports: [80], from: [{apiServer: true}]}]\n`);
    expect(err).toBe('portcullis: connections to the API server are not drawn: no cluster says its addresses\n');
  });

  it('lets no name become markup', () => {
    const graph = { nodes: [{ id: 'n0', namespace: 'a"];\nx', label: '</text><script>\\' }], edges: [] };
    expect(graphDot(graph)).toContain('label="a\\"];\\\\u000ax"');
    expect(graphDot(graph)).toContain('n0 [label="</text><script>\\\\"];');
    expect(graphMermaid(graph)).not.toMatch(/[<>\\]/);
    expect(graphMermaid(graph).split('\n')).toHaveLength(5);
  });
});
