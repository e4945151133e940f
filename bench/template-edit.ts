import { setTimeout as pause } from 'node:timers/promises';
import { POLICIES } from '../src/adapters/kube/paths.ts';
import { type Api, startApi } from '../test/cluster/api.ts';
import { configMapPath } from '../test/support/on-server.ts';
import { documentOf } from '../test/support/parse-template.ts';
import { templateConfigMap } from '../test/support/portcullis.ts';
import { createNamespaces } from './namespaces.ts';
import { madeIn, type PolicyEvent, watchPolicies } from './policy-watch.ts';
import { startProduct } from './product.ts';
import { type BenchRow, figure } from './statistics.ts';

const NAMESPACES = 1_000;
const CHANGED = 10;
const ROUNDS = 5;
/** Long enough for a write that should not be. */
const REST_MS = 1_500;

/** From an edit of the template that concerns a hundredth of the namespaces, to the moment when a watch has told of the last of their policies. */
export async function benchTemplateEdit(): Promise<BenchRow[]> {
  const api = await startApi();
  const watch = await watchPolicies(api);
  const product = await startProduct(api, { role: 'all', template: templateOf(0), hooks: true });
  try {
    const isComplete = watch.when(madeIn(NAMESPACES, 3));
    await createNamespaces(
      api,
      Array.from({ length: NAMESPACES }, (_, index) => nameOf(index)),
      16,
    );
    await isComplete;
    await pause(REST_MS);
    const [seconds, written]: [number[], { policies: number; namespaces: number }[]] = [[], []];
    for (let edit = 1; edit <= ROUNDS; edit += 1) {
      const before = await versionsOf(api);
      const right = watch.when(changedIn(CHANGED, 9000 + edit));
      const start = performance.now();
      await api.request('PUT', configMapPath('portcullis-template'), templateConfigMap(templateOf(edit)));
      seconds.push(((await right) - start) / 1000);
      await pause(REST_MS);
      const after = await versionsOf(api);
      const policies = [...after].filter(([policy, version]) => before.get(policy) !== version).map(([policy]) => policy);
      written.push({ policies: policies.length, namespaces: new Set(policies.map((policy) => policy.split('/')[0])).size });
    }
    const [time, most] = [figure(seconds), Math.max(...written.map(({ namespaces }) => namespaces))];
    return [
      {
        what: `template edited (${NAMESPACES} namespaces, ${CHANGED} of them changed) to policies right`,
        measured: `${time.median.toFixed(2)} s (${time.min.toFixed(2)}-${time.max.toFixed(2)}), written in ${most} namespaces`,
        goal: `<= 1 s, written in ${CHANGED} alone`,
        reached: time.median <= 1 && most === CHANGED,
        data: { seconds: time, written },
      },
    ];
  } finally {
    watch.stop();
    await product.stop();
    await api.stop();
  }
}

const nameOf = (index: number) => `team-${index}`;

/** Each namespace has an entry of its own; those that change lie far apart. */
function templateOf(edit: number): string {
  const entries = Array.from({ length: NAMESPACES }, (_, index) => {
    const port = index % (NAMESPACES / CHANGED) === 0 ? 9000 + edit : 8080;
    return `  - {name: ${nameOf(index)}, rules: [{ports: [${port}]}]}\n`;
  });
  return documentOf(`mode: enforce\nunlisted: off\nnamespaces:\n${entries.join('')}`);
}

/** Says yes when the policies of so many namespaces have this port. */
function changedIn(namespaces: number, port: number): (event: PolicyEvent) => boolean {
  const changed = new Set<string>();
  return ({ namespace, spec }) => {
    if (JSON.stringify(spec).includes(`"port":${port}`)) changed.add(namespace);
    return changed.size === namespaces;
  };
}

async function versionsOf(api: Api): Promise<ReadonlyMap<string, string>> {
  const { items = [] } = await api.request('GET', POLICIES);
  return new Map(items.map(({ metadata }) => [`${metadata?.namespace}/${metadata?.name}`, metadata?.resourceVersion ?? '']));
}
