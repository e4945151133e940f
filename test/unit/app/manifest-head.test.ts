import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../../src/adapters/yaml/read.ts';
import { checkManifest } from '../../../src/app/check.ts';
import { manifestObjects } from '../../../src/app/manifest-objects.ts';
import { asRecord } from '../../../src/core/unknown.ts';
import { authorityOf } from '../../support/template.ts';

const parts = { authority: authorityOf([], { unlisted: 'enforce' }), read: readDocuments, defaultNamespace: 'default' };

/** `VERDICT OBJECT`, and the problem or reason where there is one. */
function judged(text: string): string[] {
  return checkManifest({ document: 'a.yaml', text }, parts).map((result) => {
    const words =
      result.verdict === 'invalid'
        ? result.problems.map(({ message }) => message).join()
        : result.verdict === 'not-checked'
          ? result.reason
          : '';
    return `${result.verdict} ${result.object}${words === '' ? '' : `: ${words}`}`;
  });
}

const SPEC = 'spec: {containers: [{name: c, ports: [{containerPort: 9999}]}]}';
const POD = `{apiVersion: v1, kind: Pod, metadata: {name: a}, ${SPEC}}`;
const BARE = `{metadata: {name: a}, ${SPEC}}`;

describe('the objects of a document', () => {
  const table: Record<string, [text: string, judged: string[]]> = {
    'a List stands for its items': [`{apiVersion: v1, kind: List, items: [${POD}]}`, ['violation Pod/default/a']],
    'also one inside of another': [
      `{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, items: [${POD}]}]}`,
      ['violation Pod/default/a'],
    ],
    'an item of a typed list is what the list says': [`{apiVersion: v1, kind: PodList, items: [${BARE}]}`, ['violation Pod/default/a']],
    'unless it says it itself': [
      `{apiVersion: apps/v1, kind: DeploymentList, items: [${POD}, ${BARE}]}`,
      ['violation Pod/default/a', 'permitted Deployment/default/a'],
    ],
    'an item of a List is nothing without a kind': [
      `{apiVersion: v1, kind: List, items: [${BARE}]}`,
      ['not-checked document/a: no apiVersion and kind: not a Kubernetes object, though it declares containerPorts'],
    ],
    'whatever has items is a list to kubectl': [
      `{apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {}, items: [${POD}]}`,
      ['permitted Pod/default/b', 'violation Pod/default/a'],
    ],
    'but for a text that is no object': ['{items: [a, b]}', ['not-checked document: no apiVersion and kind: not a Kubernetes object']],
    'a list without items has none': ['{apiVersion: v1, kind: PodList, items: []}', []],
  };
  it.each(Object.entries(table))('%s', (_, [text, expected]) => expect(judged(text)).toEqual(expected));

  it('are the same for the commands that look at all files together', () => {
    const { documents } = readDocuments({ document: 'a.yaml', text: `{apiVersion: v1, kind: PodList, items: [${BARE}]}` });
    expect(manifestObjects(documents).map(({ value }) => [asRecord(value).apiVersion, asRecord(value).kind])).toEqual([['v1', 'Pod']]);
  });
});

describe('a workload that no API server would take for one is not valid', () => {
  const of = (head: string) => `{${head}, metadata: {name: a}, ${SPEC}}`;
  const table: Record<string, [head: string, judged: string]> = {
    'its kind is misspelt': ['apiVersion: v1, kind: pod', 'invalid pod/a: there is no pod in v1; write apiVersion: v1, kind: Pod'],
    'its kind is of another group': [
      'apiVersion: v1, kind: Deployment',
      'invalid Deployment/a: there is no Deployment in v1; write apiVersion: apps/v1, kind: Deployment',
    ],
    'its apiVersion is no text': [
      'apiVersion: 1, kind: Pod',
      'invalid Pod/a: apiVersion is missing, or is no text; write apiVersion: v1, kind: Pod',
    ],
    'its apiVersion is missing': [
      'kind: CronJob',
      'invalid CronJob/a: apiVersion is missing, or is no text; write apiVersion: batch/v1, kind: CronJob',
    ],
    'but a group with a dot may have a kind of this name': [
      'apiVersion: batch.volcano.sh/v1alpha1, kind: Job',
      'not-checked Job/a: Job is not a built-in workload, though it declares containerPorts: check the Pods that it makes',
    ],
    'and extensions had some once': [
      'apiVersion: extensions/v1beta1, kind: Deployment',
      'not-checked Deployment/a: Deployment is not a built-in workload, though it declares containerPorts: check the Pods that it makes',
    ],
  };
  it.each(Object.entries(table))('%s', (_, [head, expected]) => expect(judged(of(head))).toEqual([expected]));
});
