import { describe, expect, it } from 'vitest';
import { keepTemplate } from '../../../src/adapters/kube/configmaps.ts';
import { readDocuments, TEMPLATE_LIMITS } from '../../../src/adapters/yaml/read.ts';
import { decideTemplateEdit } from '../../../src/app/template-edit.ts';
import { makeTemplateKeeper } from '../../../src/app/template-keeper.ts';
import type { AdmissionAnswer, AdmissionRequest } from '../../../src/core/admission.ts';
import type { TemplateGroup } from '../../../src/ports.ts';
import { podState } from '../../support/cluster-state.ts';
import { documentOf } from '../../support/parse-template.ts';
import { rememberingLog, rememberingMetrics } from '../../support/silence.ts';

const OWN = 'portcullis-system';
const read = (source: { document: string; text: string }) => readDocuments(source, TEMPLATE_LIMITS);
const shop = (ports: string) => documentOf(`mode: enforce\nunlisted: off\nnamespaces:\n  - {name: shop, rules: [{ports: ${ports}}]}\n`);

/** A ConfigMap, of the template by its name or its label. */
const configMap = (name: string, text: string, labels: Readonly<Record<string, string>> = {}) => ({
  metadata: { name, namespace: OWN, labels },
  data: { 'template.yaml': text },
});
const LABEL = { 'portcullis.dev/template': 'true' };
const MAIN = configMap('portcullis-template', shop('[80, 81]'));
const TEAM = configMap('team', documentOf('namespaces:\n  - {name: team, mode: audit}\n'), LABEL);

const groups = (...configMaps: object[]): TemplateGroup[] => configMaps.flatMap((one) => keepTemplate(one) ?? []);

/** The answer to an edit while these ConfigMaps are in force and one pod of shop listens on 81. */
function decide(request: Partial<AdmissionRequest>, ...inForce: object[]) {
  const keeper = makeTemplateKeeper({
    read,
    ownNamespace: OWN,
    metrics: rememberingMetrics(),
    log: rememberingLog(),
    changed: () => {},
    settled: () => {},
  });
  keeper.take(groups(...inForce));
  const whole: AdmissionRequest = {
    uid: 'u',
    kind: { group: '', version: 'v1', kind: 'ConfigMap' },
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    subResource: '',
    name: 'portcullis-template',
    namespace: OWN,
    operation: 'UPDATE',
    userInfo: { username: 'alice', groups: [] },
    object: undefined,
    oldObject: undefined,
    dryRun: false,
    ...request,
  };
  return decideTemplateEdit(whole, {
    keeper,
    read,
    ownNamespace: OWN,
    groupOf: keepTemplate,
    runningPods: () => [podState('shop/api', {}, [{ containerPort: 81 }])],
    cluster: () => ({ namespaces: ['shop', 'team'], apiServer: [] }),
  });
}

const linesOf = (answer: AdmissionAnswer) => (answer.allowed ? [] : answer.message.split('\n'));

const remove = (object: typeof MAIN): Partial<AdmissionRequest> => ({
  operation: 'DELETE',
  name: object.metadata.name,
  object: null,
  oldObject: object,
});
const edit = (object: typeof MAIN, oldObject: object | null = null): Partial<AdmissionRequest> => ({
  name: object.metadata.name,
  object,
  oldObject,
});

describe('an edit of the template', () => {
  const table: Record<string, [request: Partial<AdmissionRequest>, inForce: object[], reason: string]> = {
    'of another ConfigMap is not judged': [edit(configMap('other', 'x')), [MAIN], 'not-judged'],
    'in another namespace is not judged': [{ ...edit(MAIN), namespace: 'shop' }, [MAIN], 'not-judged'],
    'that is good is admitted': [edit(MAIN), [MAIN], 'template-edit'],
    'that is the first is admitted': [{ ...edit(MAIN), operation: 'CREATE' }, [], 'template-edit'],
    'that is bad is refused': [edit(configMap('portcullis-template', documentOf('mode: x\n'))), [MAIN], 'template-invalid'],
    'that holds no document is refused': [edit({ ...MAIN, data: { 'template.yaml': '' } }), [MAIN], 'template-invalid'],
    'of a further one is judged by its label': [edit(configMap('team', 'oops: 1', LABEL)), [MAIN, TEAM], 'template-invalid'],
    'that contradicts another document is refused': [
      edit(configMap('team', documentOf('mode: audit\n'), LABEL)),
      [configMap('portcullis-template', shop('[80]')), TEAM],
      'template-invalid',
    ],
    'of a document that another one contradicts already is judged without its own past': [
      edit(configMap('team', documentOf('namespaces:\n  - {name: team, mode: enforce}\n'), LABEL)),
      [MAIN, TEAM],
      'template-edit',
    ],
    'that deletes one of two is admitted': [remove(TEAM), [MAIN, TEAM], 'template-removed'],
    'that deletes the last is refused': [remove(MAIN), [MAIN], 'template-last'],
    'that deletes the last with the whole namespace is admitted': [
      { ...remove(MAIN), userInfo: { username: 'system:serviceaccount:kube-system:namespace-controller', groups: [] } },
      [MAIN],
      'template-removed',
    ],
    'that deletes one that was never good, where nothing is in force, is admitted': [remove(MAIN), [], 'template-removed'],
    'that takes the label off the last is like deleting it': [
      edit(configMap('team', documentOf('mode: audit\n')), TEAM),
      [TEAM],
      'template-last',
    ],
    'that takes the label off one of two is like deleting it': [
      edit(configMap('team', documentOf('mode: audit\n')), TEAM),
      [MAIN, TEAM],
      'template-removed',
    ],
  };
  it.each(Object.entries(table))('%s', (_, [request, inForce, reason]) => {
    const answer = decide(request, ...inForce);
    const refused = ['template-invalid', 'template-last'].includes(reason);
    expect([answer.reason, answer.allowed]).toEqual([reason, !refused]);
  });

  it('that is bad is told every error with its place, and which template stays', () => {
    const answer = decide(edit(configMap('portcullis-template', documentOf('mode: x\nunlisted: y\n'))), MAIN);
    expect(linesOf(answer)).toEqual([
      expect.stringMatching(/^the template has 2 errors; the last good one \([0-9a-f]{12}\) stays in force$/),
      expect.stringMatching(/^ {2}template\.yaml:3:7 {2}mode: /),
      expect.stringMatching(/^ {2}template\.yaml:4:11 {2}unlisted: /),
    ]);
  });

  it('that is bad and the first is told that none is in force', () => {
    const answer = decide(edit(configMap('portcullis-template', documentOf('mode: x\n'))));
    expect(linesOf(answer)[0]).toBe('the template has an error; no template is in force yet');
  });

  it('with very many errors quotes twenty', () => {
    const entries = Array.from({ length: 30 }, (_, index) => `  - {name: n${index}, mode: x}\n`).join('');
    const lines = linesOf(decide(edit(configMap('portcullis-template', documentOf(`namespaces:\n${entries}`))), MAIN));
    expect(lines).toHaveLength(22);
    expect([lines[0], lines.at(-1)]).toEqual([expect.stringContaining('has 30 errors'), '  and 10 more']);
  });

  it('that is good is told what it changes for running pods', () => {
    expect(decide(edit(configMap('portcullis-template', shop('[80]'))), MAIN).warnings).toEqual([
      'portcullis: 81/TCP in shop becomes unauthorized for 1 running pod (api)',
      'portcullis: closes 81/TCP from anywhere to every pod of shop',
    ]);
    expect(decide(edit(MAIN), MAIN).warnings).toEqual([]);
  });
});
