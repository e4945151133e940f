import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readManifests } from '../../src/adapters/files/manifests.ts';
import { readDocuments } from '../../src/adapters/yaml/read.ts';
import { checkFiles, checkManifest } from '../../src/app/check.ts';
import type { CheckResult } from '../../src/app/check-result.ts';
import { authorityOf } from '../support/template.ts';

const corpus = process.env.PORTCULLIS_CORPUS;

/** A file of the corpus as `check` sees it; `results` and the number of declared ports, faulty ones included. */
interface Checked {
  readonly results: readonly CheckResult[];
  readonly ports: number;
}

/** Nothing is permitted but in the namespaces of the system, which are exempt: a port that is missed would be a violation too few. */
const parts = { authority: authorityOf([], { unlisted: 'enforce', exempt: [] }), read: readDocuments, defaultNamespace: 'default' };

async function checkCorpus(folder: string): Promise<ReadonlyMap<string, Checked>> {
  const checked = new Map<string, Checked>();
  for (const file of await readManifests([folder])) {
    const document = 'source' in file ? file.source.document : file.issue.place.document;
    const results: CheckResult[] =
      'source' in file
        ? checkManifest(file.source, parts)
        : [{ verdict: 'invalid', object: document, place: file.issue.place, declared: [], problems: [file.issue] }];
    checked.set(document.slice(folder.length).replace(/^\//, ''), { results, ports: results.reduce((sum, one) => sum + portsOf(one), 0) });
  }
  return checked;
}

function portsOf(result: CheckResult): number {
  if (result.verdict === 'not-checked' || result.verdict === 'examined') return 0;
  const problems = result.verdict === 'invalid' ? result.problems : [];
  return result.declared.length + new Set(problems.flatMap(({ path }) => /^.*\.ports\[\d+\]/.exec(path)?.[0] ?? [])).size;
}

/** The `ports` column of the table of files, by file. */
function portsColumn(folder: string): ReadonlyMap<string, number> {
  const rows = readFileSync(join(folder, 'README.md'), 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return new Map(rows.flatMap(([, file = '', , , , , ports = '']) => (/\.(ya?ml|json)$/.test(file) ? [[file, Number(ports)]] : [])));
}

describe('the corpus of manifests written by other people', async () => {
  if (corpus === undefined) {
    it('is not here: PORTCULLIS_CORPUS names no folder', () => expect(corpus).toBeUndefined());
    return;
  }
  const folder = corpus;
  const checked = await checkCorpus(folder);
  const all = [...checked.values()].flatMap(({ results }) => results);

  it('is read whole: every file of its table', () => {
    // Its own file stands below the table.
    expect([...checked.keys()].sort()).toEqual([...portsColumn(folder).keys(), 'quirks/anchors-merge-list.yaml'].sort());
  });

  it('is judged without a gap: each object has a verdict, or a reason why it has none', () => {
    expect(all.filter((result) => result.verdict === 'not-checked' && result.reason === '')).toEqual([]);
    const count = (wanted: string) => all.filter(({ verdict }) => verdict === wanted).length;
    expect(['permitted', 'violation', 'invalid', 'examined', 'not-checked'].map((verdict) => [verdict, count(verdict)])).toEqual([
      ['permitted', 103],
      ['violation', 275],
      ['invalid', 9],
      ['examined', 308],
      ['not-checked', 374],
    ]);
  });

  it('has so many workloads of each kind', () => {
    const kinds = all.flatMap(({ verdict, object }) =>
      verdict === 'not-checked' || verdict === 'examined' || !/^[A-Z]\w+\//.test(object) ? [] : [object.split('/')[0] ?? ''],
    );
    expect(Object.fromEntries([...new Set(kinds)].sort().map((kind) => [kind, kinds.filter((one) => one === kind).length]))).toEqual({
      CronJob: 25,
      DaemonSet: 18,
      Deployment: 196,
      Job: 13,
      Pod: 108,
      ReplicationController: 13,
      StatefulSet: 10,
    });
  });

  it('has files that nobody can read: three that are no YAML, one in UTF-16; each is reported and the rest is judged', () => {
    const unreadable = all.flatMap((result) =>
      result.verdict === 'invalid' && result.object === result.place.document ? [result.object.slice(folder.length + 1)] : [],
    );
    expect(unreadable).toEqual([
      'argo-cd/reposerver/repository/testdata/invalid-manifests/bad.yaml',
      'netpol-analyzer/tests/malformed-pod-example-5/pod.yaml',
      'quirks/frontend-tab-indent.yaml',
      'quirks/frontend-utf16.yaml',
    ]);
  });

  it('shows so many misconfigurations, taken as the files of one cluster', async () => {
    const { misconfigurations } = checkFiles(await readManifests([folder]), parts);
    const codes = misconfigurations.map(({ code, severity }) => `${code} (${severity})`);
    expect(Object.fromEntries([...new Set(codes)].sort().map((code) => [code, codes.filter((one) => one === code).length]))).toEqual({
      // Of node agents in kube-system, which is exempt.
      'host-network (note)': 16,
      // Twenty of them in one file of tests, whose Deployments all have the label app=app.
      'labels-collide (warning)': 29,
      // No policy of these projects is in the template of this test.
      'policy-widens (warning)': 216,
      'probe-undeclared (note)': 3,
      'probe-undeclared (warning)': 18,
      'service-target-undeclared (warning)': 27,
      'service-target-unknown (warning)': 1,
    });
  });

  it('has custom resources that declare ports: they are not checked, and not clean', () => {
    const kinds = all.flatMap((result) => (result.verdict === 'not-checked' && result.declaresPorts ? [result.kind] : []));
    // Without a kind are a spec that stands alone, and a list that does not say what it is.
    expect([...new Set(kinds)].sort()).toEqual(['', 'DeploymentConfig', 'Fleet', 'GameServer']);
  });

  it('declares the ports that a plain reader counts, but for a file that the plain reader cannot read', () => {
    const differing = [...portsColumn(folder)].filter(([file, ports]) => checked.get(file)?.ports !== ports);
    expect(differing.map(([file, ports]) => [file, ports, checked.get(file)?.ports])).toEqual([
      // Its first document is in order.
      ['netpol-analyzer/tests/malformed-pod-example-5/pod.yaml', 0, 1],
    ]);
  });
});
