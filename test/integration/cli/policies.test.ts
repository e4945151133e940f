import { XMLValidator } from 'fast-xml-parser';
import { load, loadAll } from 'js-yaml';
import { describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { runCli } from '../../../src/cli/program.ts';
import { recordingIo } from '../../support/recording-io.ts';

const FOLDER = 'test/fixtures/policies';
const COMPARED = ['--template', `${FOLDER}/template.yaml`];

/** What `policies` prints about the fixture; `columns`: on a terminal that wide. */
async function policies(
  words: readonly string[],
  { color = false, columns }: { readonly color?: boolean; readonly columns?: number | undefined } = {},
) {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-01T00:00:00Z') });
  try {
    const io = { ...recordingIo({ color }), ...(columns === undefined ? {} : { columns }) };
    const code = await runCli(['policies', '--manifests', `${FOLDER}/manifests.yaml`, ...words], io, COMMANDS);
    return { code, ...io.printed };
  } finally {
    vi.useRealTimers();
  }
}

const golden = (name: string) => `../../fixtures/policies/golden/${name}`;

describe('the list of policies', () => {
  const TABLES: Record<string, readonly string[]> = {
    plain: [],
    wide: ['-o', 'wide'],
    compared: COMPARED,
    'compared-wide': [...COMPARED, '-o', 'wide'],
  };
  const cases = Object.keys(TABLES).flatMap((name) => [undefined, 80, 140].map((columns) => ({ name, columns })));

  it.each(cases)('is, $name and in $columns columns, what it was', async ({ name, columns }) => {
    const { code, out, err } = await policies(TABLES[name] ?? [], { columns });
    await expect(out).toMatchFileSnapshot(golden(`${name}.${columns ?? 'pipe'}.txt`));
    expect(out.split('\n').filter((line) => line.length > (columns ?? Number.POSITIVE_INFINITY))).toEqual([]);
    expect({ code, err }).toEqual({ code: name.startsWith('compared') ? 1 : 0, err: '' });
  });

  it.each([80, 140])('says the same words with color and without in %i columns', async (columns) => {
    const plain = (await policies(COMPARED, { columns })).out;
    const colored = (await policies(COMPARED, { columns, color: true })).out;
    expect(colored).not.toBe(plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what color is made of
    expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it.each(['json', 'yaml'])('is, as %s, what it was', async (format) => {
    const { out } = await policies([...COMPARED, '-n', 'web', '-o', format]);
    await expect(out).toMatchFileSnapshot(golden(`compared.${format}`));
  });

  it.each([[[]], [COMPARED]])('is the same for a program, whichever of json and yaml it reads: %j', async (words) => {
    const [json, yaml] = [await policies([...words, '-o', 'json']), await policies([...words, '-o', 'yaml'])];
    expect(loadAll(yaml.out)).toEqual(JSON.parse(json.out));
    expect(load(json.out)).toEqual(JSON.parse(json.out));
  });

  it('has only the namespaces that were named, and refuses those that are not there', async () => {
    const names = async (...words: string[]) =>
      [...(await policies(words)).out.matchAll(/^(\S+) /gm)].map(([, name]) => name).filter((name) => name !== 'NAMESPACE');
    expect(new Set(await names('-n', 'web', 'legacy'))).toEqual(new Set(['legacy', 'web']));
    expect(new Set(await names('-n', 'web', ...COMPARED))).toEqual(new Set(['web']));
    const err = 'portcullis: no such namespace in the manifests: nowhere\n';
    expect(await policies(['-n', 'nowhere', 'web'])).toEqual({ code: 2, out: '', err });
    expect(await policies(['-n', 'nowhere', '-o', 'dot'])).toEqual({ code: 2, out: '', err });
  });
});

describe('the picture of what policies permit', () => {
  it.each(['dot', 'mermaid', 'svg'])('is, as %s, what it was', async (format) => {
    const { code, out, err } = await policies(['-o', format]);
    await expect(out).toMatchFileSnapshot(golden(`graph.${format}`));
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('is XML, and explains each kind of line once', async () => {
    const { out } = await policies(['-o', 'svg']);
    expect(XMLValidator.validate(out)).toBe(true);
    const legend = [...out.matchAll(/<g class="edge legend (\w+)">[\s\S]*?<text [^>]*>([^<]*)</g)].map(([, kind, words]) => [kind, words]);
    expect(legend).toEqual([
      ['permitted', 'permitted'],
      ['widened', 'opened by a policy of somebody else'],
      ['open', 'no policy: everything passes'],
    ]);
  });

  it('has what touches the namespaces that were named', async () => {
    const { out } = await policies(['-n', 'web', '-o', 'dot']);
    const words = Object.fromEntries([...out.matchAll(/^ +(n\d+) \[label="([^"]*)"/gm)].map(([, id = '', label]) => [id, label]));
    const arrows = [...out.matchAll(/(n\d+) -> (n\d+) \[label="([^"]*)"/g)].map(([, from = '', to = '', label]) => [
      words[from],
      words[to],
      label,
    ]);
    expect(arrows).toEqual([
      ['front', 'coredns', '53/TCP, 53/UDP'],
      ['front', 'api', '8080/TCP, 9000-9100/UDP'],
    ]);
  });

  it('is of what is there: a template has no part in it', async () => {
    expect(await policies([...COMPARED, '-o', 'dot'])).toEqual({
      code: 2,
      out: '',
      err: 'portcullis: -o dot draws the policies that are there; leave out --template\n',
    });
  });
});

describe('the picture of a large cluster', () => {
  /** Namespaces of which each has as many workloads that nobody else has the connections of. */
  const large = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const head = (kind: string, group: string) =>
        `---\napiVersion: ${group}\nkind: ${kind}\nmetadata: {name: w, namespace: team-${index}}\n`;
      const next = `namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: team-${(index + 1) % count}}}`;
      return `${head('Pod', 'v1')}spec: {containers: [{name: a}]}\n${head('NetworkPolicy', 'networking.k8s.io/v1')}spec: {podSelector: {}, ingress: [{from: [{${next}}], ports: [{port: ${index + 1}}]}]}\n`;
    }).join('');
  const drawn = async (count: number, ...words: string[]) => {
    const io = recordingIo({ stdin: large(count) });
    const code = await runCli(['policies', '--manifests', '-', '-o', 'dot', ...words], io, COMMANDS);
    return {
      code,
      clusters: io.printed.out.match(/subgraph/g)?.length ?? 0,
      arrows: io.printed.out.match(/->/g)?.length,
      err: io.printed.err,
    };
  };
  const TOLD =
    'portcullis: 201 nodes are too many for one picture: drawn by namespace, without what is inside of each; ' +
    '-n NAMESPACE draws a part, --by workload everything\n';

  it('is drawn by namespace, and says so', async () => {
    expect(await drawn(200)).toEqual({ code: 0, clusters: 0, arrows: 400, err: TOLD });
  });

  it('is drawn whole, in part or by namespace as it was asked', async () => {
    expect(await drawn(200, '--by', 'workload')).toEqual({ code: 0, clusters: 200, arrows: 400, err: '' });
    expect(await drawn(200, '-n', 'team-7')).toEqual({ code: 0, clusters: 3, arrows: 3, err: '' });
    expect(await drawn(3, '--by', 'namespace')).toEqual({ code: 0, clusters: 0, arrows: 6, err: '' });
  });
});
