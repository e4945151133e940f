import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import { run, withFiles } from '../support/cli.ts';
import { runOn } from '../support/commands-on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { templateConfigMap } from '../support/portcullis.ts';

/** explain, learn and preview --live read a real API server: what is there, and the template in force. */

const TEMPLATE = documentOf(`mode: enforce
unlisted: off
namespaces:
  - name: asked
    rules:
      - {name: api, pods: {app: api}, ports: [8080], from: [{pods: {app: front}}]}
`);

let api: Api;
beforeAll(async () => {
  api = await startApi();
  for (const name of ['asked', OWN_NAMESPACE]) await api.namespace(name);
  const deployment = (name: string, ...ports: number[]) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'asked' },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'main', ports: ports.map((containerPort) => ({ containerPort })) }] },
      },
    },
  });
  const items = [deployment('api', 8080, 9090), deployment('front', 80), templateConfigMap(TEMPLATE)];
  const { code, stderr } = await api.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  if (code !== 0) throw new Error(stderr);
});
afterAll(() => api?.stop());

describe('on a real API server', () => {
  it('explain reads the template in force and the policies that are there', async () => {
    const before = await runOn(api, ['explain', 'asked/front', 'asked/api:9090']);
    expect({ code: before.code, err: before.err, first: before.out.split('\n')[0] }).toEqual({
      code: 0,
      err: '',
      first: 'permitted   asked/front -> asked/api 9090/TCP',
    });
    expect(before.out).toContain('the policies in the cluster are not those of the template, which refuses it: see portcullis policies');
    expect((await runOn(api, ['apply', 'asked'], TEMPLATE)).code).toBe(0);
    const after = await runOn(api, ['explain', 'asked/front', 'asked/api:9090']);
    expect([after.code, after.out.split('\n')[0]]).toEqual([1, 'refused     asked/front -> asked/api 9090/TCP']);
    expect(after.out).toContain('to permit add 9090/TCP to the ports of rule api, template.yaml:8');
    expect((await runOn(api, ['explain', 'asked/front', 'asked/api:8080'])).code).toBe(0);
  });

  it('explain says of a workload that is not there how it can be explained all the same', async () => {
    expect(await runOn(api, ['explain', 'deployment/pay', '-n', 'asked'])).toEqual({
      code: 2,
      out: '',
      err: 'portcullis: no Deployment pay in asked; there are api, front\n  what was refused is not there: name its manifest with --manifests\n',
    });
  });

  it('learn makes a template of what is there, which permits it', async () => {
    const learned = await runOn(api, ['learn']);
    expect({ code: learned.code, err: learned.err }).toEqual({ code: 0, err: '' });
    expect(learned.out).toContain('      - name: api  # Deployment api, the cluster\n        pods: {app: api}');
    await withFiles({ 'learned.yaml': learned.out }, async (folder) => {
      expect((await run(['template', 'validate', `${folder}/learned.yaml`])).code).toBe(0);
      const shown = await run(['preview', '--live', `${folder}/learned.yaml`, '--kubeconfig', api.kubeconfig()]);
      expect(shown.code).toBe(0);
      expect(shown.out).toContain('permits   Deployment asked/api (was refused)');
    });
  });

  it('preview --live compares with the template in force', async () => {
    await withFiles({ 'new.yaml': TEMPLATE.replace('8080', '8081') }, async (folder) => {
      const shown = await run(['preview', '--live', `${folder}/new.yaml`, '--kubeconfig', api.kubeconfig()]);
      expect(shown.code).toBe(1);
      expect(shown.out.split('\n').slice(0, 3)).toEqual([
        'refuses   Deployment asked/api: 8080/TCP (was refused)',
        'closes    8080/TCP from asked app=front to asked app=api',
        'opens     8081/TCP from asked app=front to asked app=api',
      ]);
    });
  });
});
