import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { draw as drawPicture } from '../../../src/cli/draw.ts';
import type { Picture } from '../../../src/cli/output/picture.ts';
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
  graph [label="What the template permits", labelloc=t, rankdir=LR, newrank=true, fontname="Helvetica"];
  node [shape=box, margin="0.2,0.06", fontname="Helvetica"];
  edge [fontname="Helvetica", fontsize=12];
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

  it('draws the same as a picture, with the namespaces, the pods and the ports as texts', async () => {
    const { code, out } = await draw('svg');
    expect({ code, texts: textsOf(out) }).toEqual({
      code: 0,
      texts: [
        ...['What the template permits', 'shop', 'web'],
        ...['443/TCP', '8080/TCP, 9000-9100/UDP', '8443/TCP'],
        ...['app=api', 'every pod', 'app=front', '0.0.0.0/0 except 169.254.169.254/32', 'anywhere'],
      ],
    });
  });

  it('says what the mouse rests on', async () => {
    const titles = [...(await draw('svg')).out.matchAll(/<title>(.*)<\/title>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      'What the template permits',
      'shop/app=api → 0.0.0.0/0 except 169.254.169.254/32: 443/TCP',
      'web/app=front → shop/app=api: 8080/TCP, 9000-9100/UDP',
      'anywhere → web/every pod: 8443/TCP',
    ]);
  });

  it.each(['dot', 'mermaid', 'svg'])('draws the same bytes each time: %s', async (format) => {
    expect(await draw(format)).toEqual(await draw(format));
  });
});

/** The texts of a picture in the order of drawing. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
}

describe('a name from anybody', () => {
  const EVIL = '</text><script>alert(1)</script>&lt;\\N\n"]; x [label="';
  const shop = { id: 'n0', kind: 'pods' as const, namespace: 'a"];\nx', label: EVIL };
  const picture: Picture = { title: EVIL, graph: { nodes: [shop], edges: [{ from: 'n0', to: 'n0', kind: 'widened', label: EVIL }] } };

  it('ends no text and begins no statement for Graphviz', async () => {
    const dot = await drawPicture(picture, 'dot');
    expect(dot).toContain('label="a\\"];\\\\u000ax"');
    expect(dot.replaceAll(/"(?:\\.|[^"\\])*"/g, '""')).not.toMatch(/script|alert|x \[/);
    expect(dot).not.toMatch(/&(?!amp;)/);
  });

  it('is a number for Mermaid where it could be markup', async () => {
    const [, title, , ...lines] = (await drawPicture(picture, 'mermaid')).split('\n');
    expect(title).toBe(`title: ${JSON.stringify(EVIL.replace('\n', '\\u000a'))}`);
    const texts = lines.flatMap((line) => [...line.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text));
    expect(texts.filter((text) => !/^(?:[A-Za-z0-9 ,./:=_-]|#\d+;)*$/.test(text))).toEqual([]);
    expect(lines.map((line) => line.replaceAll(/"[^"]*"/g, '')).join('\n')).not.toMatch(/script|alert/);
  });

  it('is a text in a picture, and reads as it is', async () => {
    const svg = await drawPicture(picture, 'svg');
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).not.toMatch(/<(script|a)\b|href=|on[a-z]+=/i);
    const shown = textsOf(svg).join(' ').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    expect(shown).toContain('</text><script>alert(1)</script>&lt;\\N\\u000a"];');
  });

  it('that is not like XML is left out of the picture, so that every reader can read it', async () => {
    const nodes = [{ ...shop, namespace: 'a', label: 'b\ufffec' }];
    const svg = await drawPicture({ title: 't', graph: { nodes, edges: [] } }, 'svg');
    expect(textsOf(svg)).toEqual(['t', 'a', 'bc']);
  });
});
