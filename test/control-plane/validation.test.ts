import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readWorkload } from '../../src/core/workload-reading.ts';
import { type Api, startApi } from '../cluster/api.ts';

/** What is called not valid is what a real API server refuses: nothing else, and nothing less. */

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.stop());

/** Mostly the usual, now and then something odd; `undefined` is left out of the JSON. */
const mostly = (usual: readonly unknown[], ...odd: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 4 * odd.length, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

const port = fc.record({
  containerPort: mostly([80, 81, 9000], 0, -1, 65535, 65536, 80.5, '80', null, undefined),
  protocol: mostly([undefined, 'TCP', 'UDP'], '', 'SCTP', 'tcp', 'ICMP', null, 6),
  hostPort: mostly([undefined, undefined, 0, 80], null, 81, 65536, -1, '80'),
  hostIP: mostly([undefined, undefined], '', '10.0.0.1'),
  name: mostly(
    [undefined, undefined, 'http', 'a1'],
    '',
    null,
    'http',
    'HTTP',
    '80',
    'a--b',
    '-a',
    'abcdefghijklmno',
    'abcdefghijklmnop',
    80,
  ),
});
const containers = (prefix: string, restartPolicies: readonly (string | undefined)[], minLength: number) =>
  fc
    .array(fc.record({ ports: mostlyList(fc.array(port, { maxLength: 3 })), restartPolicy: fc.constantFrom(...restartPolicies) }), {
      minLength,
      maxLength: 2,
    })
    .map((list) => list.map((fields, index) => ({ name: `${prefix}${index}`, image: 'i', ...fields })));
const mostlyList = <T>(list: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 12, arbitrary: list }, { weight: 1, arbitrary: fc.constantFrom<unknown>(null, {}, 'x') });

const spec = fc.record({
  hostNetwork: mostly([undefined, undefined, true], false, null, 'true'),
  containers: containers('c', [undefined], 1),
  initContainers: containers('i', [undefined, 'Always'], 0),
});
const labels = fc.record({ app: mostly(['a', 'a'], '', null, 1) });

const PATHS = { Pod: '/api/v1/namespaces/default/pods', Deployment: '/apis/apps/v1/namespaces/default/deployments' } as const;

function objectOf(kind: keyof typeof PATHS, pod: { readonly labels: unknown; readonly spec: Readonly<Record<string, unknown>> }): unknown {
  const metadata = { name: 'a', namespace: 'default' };
  if (kind === 'Pod') return { apiVersion: 'v1', kind, metadata: { ...metadata, labels: pod.labels }, spec: pod.spec };
  const template = { metadata: { labels: { b: 'b', ...(pod.labels as object) } }, spec: pod.spec };
  return { apiVersion: 'apps/v1', kind, metadata, spec: { selector: { matchLabels: { b: 'b' } }, template } };
}

const REFUSED = [400, 422];

it('a pod and a template of pods are not valid exactly where the API server refuses them', async () => {
  const pods = fc.record({ labels, spec });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('Pod' as const, 'Deployment' as const), pods, async (kind, pod) => {
      const body = JSON.parse(JSON.stringify(objectOf(kind, pod)));
      const { status, body: answer } = await api.call({ method: 'POST', path: `${PATHS[kind]}?dryRun=All`, body });
      const { faults, workload } = readWorkload(kind, body, 'default');
      // Both texts are there for whoever reads the counterexample.
      const words = { faults: faults.map(({ message }) => message), answer: answer.message };
      expect({ refused: REFUSED.includes(status), status, words }).toEqual({ refused: faults.length > 0, status, words });
      // The defaults of the API are applied on both ways in: the object as it is stored is judged like the one that was sent.
      if (faults.length === 0) expect(readWorkload(kind, answer, 'default').workload).toEqual(workload);
    }),
    { numRuns: 1500 },
  );
}, 180_000);
