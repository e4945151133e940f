import { describe, expect, it } from 'vitest';
import { examplesOf, run, withFiles } from '../../support/cli.ts';

const TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: audit
namespaces:
  - name: shop
    rules:
      - ports: [8080]
  - name: default
    rules:
      - ports: [8080]
`;

const pod = (name: string, namespace: string, port: unknown) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec:\n  containers:\n    - name: app\n      ports:\n        - containerPort: ${port}\n`;

const FILES = {
  'template.yaml': TEMPLATE,
  'good.yaml': pod('good', 'shop', 8080),
  'bad.yaml': pod('bad', 'shop', 9090),
  'audit.yaml': pod('elsewhere', 'lab', 9090),
  'invalid.yaml': pod('odd', 'shop', '"8080"'),
  'broken.yaml': 'kind: [Pod\n',
  'service.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n',
  'empty/notes.txt': 'nothing',
  'all/a.yaml': pod('good', 'shop', 8080),
  'all/b/c.yaml': pod('bad', 'shop', 9090),
};

const check = (...words: string[]) =>
  withFiles(FILES, (folder) =>
    run(
      [
        'check',
        '--template',
        `${folder}/template.yaml`,
        ...words.map((word) => (word in FILES || word === 'all' || word === 'empty' ? `${folder}/${word}` : word)),
      ],
      {
        folder,
        stdin: pod('piped', '""', 9090),
      },
    ),
  );

const NO_POLICY =
  'no NetworkPolicy among these files is about namespace lab, and in mode audit Portcullis applies none; ' +
  'enforce the namespace in the template, or give it policies [namespace-without-policy]';

const PERMITTED = '1 object: 1 permitted, 0 in violation\n';

describe('portcullis check', () => {
  it.each<[string, string[], { code: number; out: string; err?: string }]>([
    ['leaves with 0 where everything is permitted', ['good.yaml'], { code: 0, out: PERMITTED }],
    [
      'leaves with 1 at a violation in enforce, with its place',
      ['bad.yaml'],
      {
        code: 1,
        out: [
          'PLACE              OBJECT         VERDICT     PORT       WHY',
          'DIR/bad.yaml:8     Pod/shop/bad   violation   9090/TCP   not in the template (container app)',
          '',
          '1 object: 0 permitted, 1 in violation',
          '',
        ].join('\n'),
      },
    ],
    [
      'leaves with 0 where the mode is audit',
      ['audit.yaml'],
      {
        code: 0,
        out: [
          'PLACE              OBJECT              VERDICT   PORT       WHY',
          `DIR/audit.yaml:3   Pod/lab/elsewhere   note                 ${NO_POLICY}`,
          'DIR/audit.yaml:8   Pod/lab/elsewhere   audit     9090/TCP   not in the template (container app)',
          '',
          '1 object: 0 permitted, 0 in violation, 1 in violation where the mode is audit; 1 note',
          '',
        ].join('\n'),
      },
    ],
    [
      'leaves with 2 where nothing can be judged, and says so',
      ['service.yaml'],
      {
        code: 2,
        out: '1 object: 0 permitted, 0 in violation, 1 examined\n',
        err: 'portcullis: nothing to judge: 1 object of other kinds, and no Pod or workload that makes Pods\n',
      },
    ],
    [
      'leaves with 2 where a folder holds no manifest',
      ['empty'],
      {
        code: 2,
        out: '0 objects: 0 permitted, 0 in violation\n',
        err: 'portcullis: nothing to judge: no object at all, and no Pod or workload that makes Pods\n',
      },
    ],
    ['leaves with 2 without paths', [], { code: 2, out: '', err: 'portcullis: name the files or folders to check, or - for stdin\n' }],
  ])('%s', async (_sentence, words, expected) => {
    const { code, out, err } = await check(...words);
    expect({ code, out: aligned(out), err }).toEqual({ err: '', ...expected, out: aligned(expected.out) });
  });

  it('counts an audit finding with --strict, and judges everything in the mode of --mode', async () => {
    expect((await check('--strict', 'audit.yaml')).code).toBe(1);
    expect((await check('--mode', 'enforce', 'audit.yaml')).code).toBe(1);
    expect((await check('--mode', 'audit', 'bad.yaml')).code).toBe(0);
  });

  it('judges the rest where files are unreadable or missing, and leaves with 2', async () => {
    const { code, out } = await check('broken.yaml', 'gone.yaml', 'invalid.yaml', 'bad.yaml', 'good.yaml');
    expect(code).toBe(2);
    expect(out).toContain('gone.yaml:1');
    expect(out).toContain('no such file or folder');
    expect(out).toContain('not in the template (container app)');
    expect(out).toContain('5 objects: 1 permitted, 1 in violation, 3 invalid or unreadable\n');
  });

  it('reads folders with what is below them, and stdin with the namespace of -n', async () => {
    expect((await check('all')).out).toContain('2 objects: 1 permitted, 1 in violation\n');
    const { code, out } = await check('-n', 'shop', '-');
    expect(code).toBe(1);
    expect(aligned(out)).toContain('stdin:8 Pod/shop/piped violation 9090/TCP not in the template (container app)');
  });

  it('prints every error of a bad template and judges nothing', async () => {
    const text = TEMPLATE.replace('[8080]', '[99999]').replace('unlisted', 'unlistd');
    const { code, out, err } = await withFiles({ 'template.yaml': text, 'good.yaml': FILES['good.yaml'] }, (folder) =>
      run(['check', '--template', `${folder}/template.yaml`, `${folder}/good.yaml`], { folder }),
    );
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('portcullis: the template has 3 errors\n');
    expect(err).toContain('DIR/template.yaml:4:1  unlistd: unknown key; did you mean unlisted?\n');
    expect(err).toContain('DIR/template.yaml:8:17  namespaces[0].rules[0].ports[0]: 99999 is no port; ports go from 1 to 65535\n');
  });

  it('tells of an unreadable file that looks like a chart to render it first', async () => {
    const chart = { 'template.yaml': TEMPLATE, 'chart/deployment.yaml': 'kind: Deployment\nmetadata: {{ include "x" . }}\n' };
    const ran = await withFiles(chart, (folder) => run(['check', '--template', `${folder}/template.yaml`, `${folder}/chart`], { folder }));
    expect(ran.code).toBe(2);
    expect(ran.out).toContain('a chart must be rendered first: helm template CHART | portcullis check ... -');
  });

  it('counts a warning with --strict, never a note, and not what is ignored', async () => {
    const files = {
      'template.yaml': TEMPLATE,
      'pod.yaml': `${pod('probed', 'shop', 8080)}      readinessProbe: {tcpSocket: {port: 8081}}\n`,
    };
    const strict = (...words: string[]) =>
      withFiles(files, (folder) => run(['check', '--strict', '--template', `${folder}/template.yaml`, ...words, `${folder}/pod.yaml`]));
    expect((await strict()).code).toBe(1);
    expect((await strict('--ignore', 'probe-undeclared')).code).toBe(0);
    expect(await strict('--ignore', 'probe-undeclard')).toEqual({
      code: 2,
      out: '',
      err: 'portcullis: --ignore probe-undeclard: no misconfiguration has this code; did you mean probe-undeclared?\n',
    });
  });

  it('has examples that run', async () => {
    const help = (await run(['check', '--help'])).out;
    expect(examplesOf(help)).toHaveLength(7);
    const good = FILES['good.yaml'];
    const files = { 'template.yaml': TEMPLATE, 'manifests/a.yaml': good, 'deployment.yaml': good, 'charts/a/rendered/b/c.yaml': good };
    for (const example of examplesOf(help)) {
      const ran = await withFiles(files, (folder) => {
        const place = (word: string) => (/^(template|deployment)\.yaml$|^manifests\/|^charts\//.test(word) ? `${folder}/${word}` : word);
        return run(
          example.map((word) => place(word.replaceAll("'", ''))),
          { folder, stdin: good },
        );
      });
      const isForPeople = !example.includes('-o');
      const err = isForPeople ? '' : expect.stringContaining(PERMITTED.trim());
      expect({ example, code: ran.code, err: ran.err }).toEqual({ example, code: 0, err });
    }
  });
});

/** Columns are as wide as the longest name, which here depends on the folder. */
function aligned(text: string): string {
  return text.replaceAll(/ {2,}/g, ' ');
}
