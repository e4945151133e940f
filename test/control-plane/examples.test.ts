import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../cluster/api.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';
import { run, withFiles } from '../support/cli.ts';
import { type HelpExample, helpExamples } from '../support/help-examples.ts';
import { tcpListener } from '../support/listeners.ts';
import { podObject } from '../support/on-server.ts';
import { documentOf } from '../support/parse-template.ts';
import { templateConfigMap } from '../support/portcullis.ts';
import { letPodRun } from '../support/running-pod.ts';

/** The examples of the help that ask a cluster, as they stand there, on a real API server. A pod runs where a listener of this test answers. */

/**
 * Those that end by themselves and need no controller and no kubelet: what serves and what is released is run by the tests of the
 * controller, what adds a container to a pod by those of ephemeral containers.
 */
const asksCluster = ({ words }: HelpExample) => {
  const [command = '', ...others] = words;
  if (others.includes('--scan-target') || others.includes('--manifests') || others.includes('ephemeral')) return false;
  return ['apply', 'policies', 'run', 'scan', 'explain'].includes(command) || (command === 'preview' && others.includes('--live'));
};

const EXAMPLES = (await helpExamples()).filter(asksCluster).map(({ words }) => words.join(' '));
const ADDRESS = '127.0.45.1';

let api: Api;
let listener: Awaited<ReturnType<typeof tcpListener>>;
let template: string;

beforeAll(async () => {
  api = await startApi();
  listener = await tcpListener(ADDRESS);
  template = documentOf(`mode: enforce
unlisted: off
namespaces:
  - name: shop
    rules: [{name: api, pods: {app: api}, ports: [${listener.number}]}]
  - name: web
`);
  for (const name of ['shop', 'web', OWN_NAMESPACE]) await api.namespace(name);
  const pod = podObject('api', [listener.number]);
  const metadata = { ...pod.metadata, labels: { app: 'api' } };
  const selector = { matchLabels: { app: 'api' } };
  await api.request('POST', '/api/v1/namespaces/shop/pods', { ...pod, metadata });
  await letPodRun(api, 'shop', 'api', ADDRESS);
  await api.request('POST', '/apis/apps/v1/namespaces/shop/deployments', {
    metadata: { name: 'api' },
    spec: { replicas: 0, selector, template: { metadata: { labels: { app: 'api' } }, spec: pod.spec } },
  });
  await api.request('POST', `/api/v1/namespaces/${OWN_NAMESPACE}/configmaps`, templateConfigMap(template));
});

afterAll(async () => {
  await listener?.close();
  await api?.stop();
});

describe('an example with a cluster', () => {
  it('stands in the help of these commands', () => {
    const commands = [...new Set(EXAMPLES.map((line) => line.split(' ')[0]))].sort();
    expect(commands).toEqual(['apply', 'explain', 'policies', 'preview', 'run', 'scan']);
  });

  it.each(EXAMPLES)('runs: portcullis %s', { timeout: 120_000 }, async (line) => {
    await withFiles({ 'template.yaml': template, 'new.yaml': template }, async (folder) => {
      const words = line.split(' ').map((word) => (/^(template|new)\.yaml$|^out\/$/.test(word) ? `${folder}/${word}` : word));
      const folders = line.startsWith('run') && !line.includes('--policies') ? ['--policies', `${folder}/policies`] : [];
      // A sweep of all ports is the business of the tests of the scan; without it, and without a kubelet, nobody sees the ports of the pod.
      const scans = /^(run|scan)/.test(line);
      const { code, out, err } = await run([...words, ...folders, ...(scans ? ['--engine', 'off'] : []), '--kubeconfig', api.kubeconfig()]);
      const unseen = expect.stringContaining('shop/api, from inside: not known, because cat in shop/api');
      // An earlier example may have brought the cluster to the template already.
      const codes = scans ? [3] : line.includes('--diff') ? [0, 1] : [0];
      expect({ code, err }).toEqual({ code: expect.toBeOneOf(codes), err: scans ? unseen : '' });
      expect(out === '').toBe(line.includes('--diff') && code === 0);
    });
  });
});
