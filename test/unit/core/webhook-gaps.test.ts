import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { asList, asRecord } from '../../../src/core/unknown.ts';
import { webhookGaps } from '../../../src/core/webhook-gaps.ts';

type Entry = Readonly<Record<string, unknown>>;

const SHIPPED = asList(
  asRecord(load(readFileSync(new URL('../../../deploy/base/validating-webhook.yaml', import.meta.url), 'utf8'))).webhooks,
).map(asRecord);
const PODS = 'pods.validate.portcullis.dev';

/** The shipped entries, one of them changed. */
const changed = (name: string, change: (entry: Entry) => Entry): Entry[] =>
  SHIPPED.map((entry) => (entry.name === name ? change(entry) : entry));

describe('what a webhook configuration leaves out', () => {
  const table: Record<string, [webhooks: readonly unknown[], gaps: readonly string[]]> = {
    'nothing, as it ships': [SHIPPED, []],
    'nothing, where an installer leaves out more namespaces by name': [
      changed(PODS, (entry) => ({
        ...entry,
        namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['cni'] }] },
      })),
      [],
    ],
    'nothing, where entries ask about everything': [
      SHIPPED.map(({ name }) => ({ name, rules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }] })),
      [],
    ],
    'subresources, where a star means resources only': [
      changed(PODS, ({ name }) => ({ name, rules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['*'] }] })),
      [`${PODS} does not ask about UPDATE of pods/status`, `${PODS} does not ask about CREATE of pods/binding`],
    ],
    'pods, where their entry is gone': [SHIPPED.filter(({ name }) => name !== PODS), [`${PODS} is missing`]],
    'Bindings, where the configuration is older than the program': [
      changed(PODS, (entry) => ({
        ...entry,
        rules: asList(entry.rules).filter((rule) => !asList(asRecord(rule).resources).includes('bindings')),
      })),
      [`${PODS} does not ask about CREATE of pods/binding`, `${PODS} does not ask about CREATE of bindings`],
    ],
    'what a rule lost': [
      changed('policies.validate.portcullis.dev', (entry) => ({
        ...entry,
        rules: [{ apiGroups: ['networking.k8s.io'], apiVersions: ['v1'], resources: ['networkpolicies'], operations: ['UPDATE'] }],
      })),
      ['policies.validate.portcullis.dev does not ask about CREATE, DELETE of networkpolicies.networking.k8s.io'],
    ],
    'all that an entry asks about, where a label of the object leads past it': [
      changed(PODS, (entry) => ({ ...entry, objectSelector: { matchExpressions: [{ key: 'skip', operator: 'DoesNotExist' }] } })),
      [`${PODS} is skipped by labels that anybody may set`],
    ],
    'all that an entry asks about, where a label of the namespace leads past it': [
      changed(PODS, (entry) => ({ ...entry, namespaceSelector: { matchLabels: { gated: 'true' } } })),
      [`${PODS} is skipped by labels that anybody may set`],
    ],
  };
  it.each(Object.entries(table))('%s', (_, [webhooks, gaps]) => expect(webhookGaps(webhooks)).toEqual(gaps));

  it('is everything, where there is no entry that can be read', () => {
    expect(webhookGaps([null, 'x', { rules: 'all' }])).toEqual([
      'validate.portcullis.dev is missing',
      'pods.validate.portcullis.dev is missing',
      'policies.validate.portcullis.dev is missing',
    ]);
  });
});
