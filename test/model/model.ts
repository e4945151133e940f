import fc from 'fast-check';
import { dump } from 'js-yaml';
import type { Template } from '../../src/core/template/model.ts';
import { renderTemplate } from '../../src/core/template/render.ts';
import { templates } from '../support/arbitrary.ts';
import { applyObject, type ModelCluster } from './cluster.ts';
import { type Attempt, allAttempts, attemptText, isPermitted } from './matrix.ts';
import { measure } from './measure.ts';
import { placePods } from './pods.ts';
import { explainedOtherwise } from './reach.ts';
import { agentCaughtUp, policiesStored, SENTINEL, SENTINEL_PODS, storedPolicies } from './settle.ts';
import { type PlacedPod, PODS } from './universe.ts';

export interface ModelOptions {
  /** How many templates at most. */
  readonly count: number;
  readonly seed: number;
  /** No further template is begun after so many milliseconds. */
  readonly budgetMs: number;
  /** One line a template. */
  say(line: string): void;
}

export interface ModelOutcome {
  /** Templates that were tried. */
  readonly templates: number;
  readonly attempts: number;
  readonly permitted: number;
  /** The first template whose measured matrix is another than the computed one; nothing is tried after it. */
  readonly difference?: string;
}

/**
 * Applies random templates to a cluster in which Portcullis runs, and compares, for each, every connection between the pods of a small
 * universe with what the independent evaluator computes from the template. The same seed tries the same templates again.
 */
export async function runModel(cluster: ModelCluster, options: ModelOptions): Promise<ModelOutcome> {
  const { count, seed, budgetMs, say } = options;
  const end = performance.now() + budgetMs;
  const pods = await placePods(cluster, PODS);
  const [caller, listener] = await placePods(cluster, SENTINEL_PODS);
  if (caller === undefined || listener === undefined) throw new Error('the pods of the sentinel are missing');
  const attempts = allAttempts(pods);
  let tried = 0;
  let permitted = 0;
  for (const template of fc.sample(templates, { numRuns: count, seed })) {
    if (performance.now() > end) break;
    const whole = { ...template, exempt: [...template.exempt, 'portcullis-agent', SENTINEL] };
    const started = performance.now();
    await bringIntoForce(cluster, whole, { sentinel: [caller, listener], round: tried });
    const difference = await compare(cluster, whole, attempts);
    tried += 1;
    if (difference.lines.length > 0) {
      return { templates: tried, attempts: attempts.length, permitted, difference: await explain(cluster, whole, difference.lines) };
    }
    permitted += difference.permitted;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(
      `template ${tried} of ${count}, seed ${seed}: ${attempts.length} connections, ${difference.permitted} permitted, all as computed (${seconds} s)`,
    );
  }
  return { templates: tried, attempts: tried * attempts.length, permitted };
}

interface Sentinel {
  readonly sentinel: readonly [PlacedPod, PlacedPod];
  readonly round: number;
}

async function bringIntoForce(cluster: ModelCluster, template: Template, { sentinel, round }: Sentinel): Promise<void> {
  await applyObject(
    cluster,
    '/api/v1/namespaces/portcullis-system/configmaps/portcullis-template',
    templateConfigMap(dump(renderTemplate(template))),
  );
  await policiesStored(cluster, template);
  await agentCaughtUp(cluster, sentinel, round);
}

function templateConfigMap(text: string): object {
  const metadata = { namespace: 'portcullis-system', name: 'portcullis-template', labels: { 'app.kubernetes.io/name': 'portcullis' } };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'general.yaml': text } };
}

interface Difference {
  readonly permitted: number;
  readonly lines: readonly string[];
}

/**
 * Three voices: what was measured, what the evaluator says of the template, and what explain says of the stored policies. What differs is tried
 * once more: a UDP probe may meet the remembered flow of an earlier one that had its very ports (conntrack).
 */
async function compare(cluster: ModelCluster, template: Template, attempts: readonly Attempt[]): Promise<Difference> {
  const wanted = new Map(attempts.map((attempt) => [attempt, isPermitted(template, attempt)]));
  const measured = new Map<Attempt, boolean>();
  const differing = async (some: readonly Attempt[]) => {
    const seen = await measure(cluster, some);
    for (const [index, attempt] of some.entries()) measured.set(attempt, seen[index] ?? false);
    return some.filter((attempt) => wanted.get(attempt) !== measured.get(attempt));
  };
  const first = await differing(attempts);
  const lasting = first.length === 0 ? [] : await differing(first);
  const word = (isOpen: boolean | undefined) => (isOpen === true ? 'passes' : 'is stopped');
  const lines = lasting.map((attempt) => {
    const isWanted = wanted.get(attempt);
    return `${attemptText(attempt)} ${word(isWanted !== true)}; by the template it ${word(isWanted)}`;
  });
  const answers = attempts.map((attempt) => measured.get(attempt) ?? false);
  return {
    permitted: [...wanted.values()].filter(Boolean).length,
    lines: [...lines, ...explainedOtherwise(attempts, answers, await storedPolicies(cluster, ''))],
  };
}

async function explain({ api }: ModelCluster, template: Template, lines: readonly string[]): Promise<string> {
  const { items = [] } = await api.request('GET', '/apis/networking.k8s.io/v1/networkpolicies');
  const policies = items.map(({ metadata, spec }) => ({ policy: `${metadata?.namespace}/${metadata?.name}`, spec }));
  return [
    `${lines.length} connections differ:`,
    ...lines.slice(0, 20),
    'template:',
    dump(renderTemplate(template)),
    'policies:',
    dump(policies),
  ].join('\n');
}
