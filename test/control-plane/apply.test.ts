import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowName } from '../../src/core/pair/allow.ts';
import { type Api, startApi } from '../cluster/api.ts';
import { run, withFiles } from '../support/cli.ts';
import { entryOf, PAIR, runOn, templateOf, told } from '../support/commands-on-server.ts';
import { policiesOf, policyPath, specsOf } from '../support/on-server.ts';

/** What `apply` shows before it writes, and that it writes only what differs, on a real API server where no controller runs. */

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(async () => api?.stop());

const SELECTED = allowName({ matchLabels: { app: 'api' } }, 'ingress');
const apply = (template: string, ...words: string[]) => runOn(api, ['apply', ...words], template);
/** Everything that the server keeps of the policies of a namespace: version, times and who owns which field included. */
const stored = async (namespace: string) => (await api.request('GET', policyPath(namespace))).items ?? [];
/** A template that has nothing to say of the namespace at hand. */
const ELSEWHERE = templateOf(entryOf('elsewhere'));
/** Without what changes from run to run. */
const neutral = (text: string) => text.replaceAll(/[0-9a-f]{12}$/gm, 'HASH');

describe('portcullis apply', () => {
  it('touches nothing of what is as it should be: no version moves, no field changes its owner', async () => {
    const name = await api.namespace();
    const template = templateOf(entryOf(name));
    await apply(template, name);
    const before = await stored(name);
    expect(before).toHaveLength(PAIR.length);
    for (const words of [[], ['--dry-run=server'], ['--diff'], ['-o', 'name']]) {
      expect(await apply(template, name, ...words)).toMatchObject({ code: 0, err: '' });
    }
    expect(await stored(name)).toEqual(before);
  });

  it.each(['--dry-run=client', '--dry-run=server'])(
    'with --diff %s shows what is not there yet, makes nothing, and leaves with 1',
    async (way) => {
      const name = await api.namespace();
      const { code, out, err } = await apply(templateOf(entryOf(name)), name, '--diff', way);
      expect({ code, err }).toEqual({ code: 1, err: '' });
      expect(neutral(out).slice(0, neutral(out).indexOf('--- /dev/null', 1))).toBe(`--- /dev/null
+++ b/${name}/portcullis-block.yaml
@@ -0,0 +1,16 @@
+apiVersion: networking.k8s.io/v1
+kind: NetworkPolicy
+metadata:
+  name: portcullis-block
+  namespace: ${name}
+  labels:
+    app.kubernetes.io/managed-by: portcullis
+  annotations:
+    portcullis.dev/template: HASH
+spec:
+  podSelector: {}
+  policyTypes:
+    - Ingress
+    - Egress
+  ingress: []
+  egress: []
`);
      expect(out.match(/^\+\+\+ .*$/gm)).toEqual(PAIR.map((policy) => `+++ b/${name}/${policy}.yaml`));
      expect(await policiesOf(api, name)).toEqual([]);
    },
  );

  it.each(['--dry-run=client', '--dry-run=server'])(
    'with --diff %s shows only what differs, and keeps what others wrote on it',
    async (way) => {
      const name = await api.namespace();
      const named = (port: number) => templateOf(entryOf(name, port).replace('{pods', '{name: api, pods'));
      await apply(named(8080), name);
      await api.request('PATCH', policyPath(name, SELECTED), { metadata: { labels: { team: 'blue' }, annotations: { note: 'seen' } } });
      const before = await stored(name);
      const { code, out } = await apply(named(9090), name, '--diff', way);
      expect({ code, out: neutral(out) }).toEqual({
        code: 1,
        out: `--- a/${name}/portcullis-allow.yaml
+++ b/${name}/portcullis-allow.yaml
@@ -6,7 +6,7 @@
   labels:
     app.kubernetes.io/managed-by: portcullis
   annotations:
-    portcullis.dev/template: HASH
+    portcullis.dev/template: HASH
 spec:
   podSelector: {}
   policyTypes:
@@ -26,7 +26,7 @@
             matchLabels:
               k8s-app: kube-dns
     - ports:
-        - port: 8080
+        - port: 9090
           protocol: TCP
       to:
         - podSelector: {}
--- a/${name}/${SELECTED}.yaml
+++ b/${name}/${SELECTED}.yaml
@@ -9,7 +9,7 @@
   annotations:
     note: seen
     portcullis.dev/rules: api
-    portcullis.dev/template: HASH
+    portcullis.dev/template: HASH
 spec:
   podSelector:
     matchLabels:
@@ -18,6 +18,6 @@
     - Ingress
   ingress:
     - ports:
-        - port: 8080
+        - port: 9090
           protocol: TCP
   egress: []
`,
      });
      expect(await stored(name)).toEqual(before);
    },
  );

  it('with --diff shows what goes where the template no longer enforces', async () => {
    const name = await api.namespace();
    await apply(templateOf(entryOf(name)), name);
    const { code, out } = await apply(ELSEWHERE, name, '--diff');
    expect({ code, gone: out.match(/^--- .*\n\+\+\+ .*$/gm)?.sort() }).toEqual({
      code: 1,
      gone: PAIR.map((policy) => `--- a/${name}/${policy}.yaml\n+++ /dev/null`).sort(),
    });
    expect(await policiesOf(api, name)).toEqual([...PAIR].sort());
  });

  it('with --diff says on stderr what it could not take over', async () => {
    const name = await api.namespace();
    const theirs = { podSelector: {}, policyTypes: ['Ingress'], ingress: [] };
    await api.request('POST', policyPath(name), { metadata: { name: 'portcullis-block' }, spec: theirs });
    const { code, out, err } = await apply(templateOf(entryOf(name)), name, '--diff');
    expect({ code, err, block: out.includes('portcullis-block.yaml') }).toEqual({
      code: 1,
      err: 'portcullis: 1 left alone: the names belong to policies of somebody else\n',
      block: false,
    });
  });

  it('in a dry run of the server says what would be done, and does nothing', async () => {
    const name = await api.namespace();
    const all = (done: string): [string, string][] => PAIR.map((policy) => [policy, done]);
    const dryRun = (template: string) => apply(template, name, '--dry-run=server');
    expect(await dryRun(templateOf(entryOf(name)))).toEqual({ code: 0, out: told(name, all('created (server dry run)')), err: '' });
    expect(await policiesOf(api, name)).toEqual([]);
    await apply(templateOf(entryOf(name)), name);
    const before = await stored(name);
    await api.request('PATCH', policyPath(name, 'portcullis-block'), { spec: { ingress: [{}] } });
    expect((await dryRun(templateOf(entryOf(name)))).out).toContain(`portcullis-block -n ${name} configured (server dry run)\n`);
    expect((await dryRun(ELSEWHERE)).out).toContain(`portcullis-block -n ${name} deleted (server dry run)\n`);
    expect((await stored(name)).map(({ metadata }) => metadata?.uid)).toEqual(before.map(({ metadata }) => metadata?.uid));
    expect((await specsOf(api, name))['portcullis-block']).toMatchObject({ ingress: [{}] });
  });

  it('tells machines what was done with each policy, and kubectl which are there', async () => {
    const name = await api.namespace();
    const template = templateOf(entryOf(name));
    const made = await apply(template, name, '-o', 'json');
    expect({ ...made, out: JSON.parse(made.out) }).toMatchObject({
      code: 0,
      err: '',
      out: PAIR.map((policy) => ({
        namespace: name,
        name: policy,
        done: 'created',
        policy: { metadata: { name: policy, namespace: name } },
      })),
    });
    const names = await apply(template, name, '-o', 'name');
    expect(names.out).toBe([PAIR[0], ...PAIR.slice(1)].map((policy) => `networkpolicy.networking.k8s.io/${policy} -n ${name}\n`).join(''));
    for (const line of names.out.trim().split('\n')) expect(await api.kubectl(['get', ...line.split(' ')])).toMatchObject({ code: 0 });
    const gone = await apply(ELSEWHERE, name, '-o', 'yaml');
    expect({ code: gone.code, done: gone.out.match(/^done: .*$/gm) }).toEqual({ code: 0, done: PAIR.map(() => 'done: deleted') });
    expect(await apply(template, name, '-o', 'json', '--diff')).toEqual({
      code: 2,
      out: '',
      err: 'portcullis: --diff prints a diff: leave out -o json, or --diff\n',
    });
  });
});

describe('the files of portcullis generate', () => {
  it.each([
    ['client', []],
    ['server', ['--server-side']],
  ])('are applied by kubectl (%s side) as they are, and are what apply wants', async (_, words) => {
    const name = await api.namespace();
    await withFiles({ 'template.yaml': templateOf(entryOf(name)) }, async (folder) => {
      const generate = (...more: string[]) =>
        run(['generate', '--template', `${folder}/template.yaml`, '--output', `${folder}/policies`, ...more], { folder });
      expect(await generate()).toEqual({
        code: 0,
        out: `DIR/policies/${name}-block.yaml written\nDIR/policies/${name}-allow.yaml written\n`,
        err: '',
      });
      expect(await api.kubectl(['apply', ...words, '-f', `${folder}/policies`])).toMatchObject({ code: 0, stderr: '' });
      expect(await generate('--diff')).toEqual({ code: 0, out: '', err: '' });
    });
    const { code, out } = await apply(templateOf(entryOf(name)), name);
    expect({ code, out }).toEqual({
      code: 0,
      out: told(
        name,
        PAIR.map((policy) => [policy, 'unchanged']),
      ),
    });
  });
});
