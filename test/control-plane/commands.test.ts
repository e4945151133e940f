import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowName } from '../../src/core/pair/allow.ts';
import { type Api, startApi } from '../cluster/api.ts';
import { entryOf, PAIR, rowsOf, runOn, templateOf, told } from '../support/commands-on-server.ts';
import { podObject, policiesOf, policyPath, specsOf } from '../support/on-server.ts';

/** `apply` and `policies` on a real API server, where no controller runs. */

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(async () => api?.stop());

const SELECTED = allowName({ matchLabels: { app: 'api' } }, 'ingress');
const apply = (template: string, ...words: string[]) => runOn(api, ['apply', ...words], template);
/** A policy as a person would make it. */
const putForeign = (namespace: string, name: string, spec: object) =>
  api.request('POST', policyPath(namespace), { metadata: { name }, spec });
const THEIRS = { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 9999 }] }] };

describe('portcullis apply', () => {
  it('says what it would do, does it, and finds nothing to do the second time', async () => {
    const name = await api.namespace();
    const template = templateOf(entryOf(name));
    const all = (done: string): [string, string][] => PAIR.map((policy) => [policy, done]);
    expect(await apply(template, '--dry-run')).toEqual({ code: 0, out: told(name, all('created (dry run)')), err: '' });
    expect(await policiesOf(api, name)).toEqual([]);
    expect(await apply(template)).toEqual({ code: 0, out: told(name, all('created')), err: '' });
    const specs = await specsOf(api, name);
    expect(Object.keys(specs).sort()).toEqual([...PAIR].sort());
    expect(await apply(template)).toEqual({ code: 0, out: told(name, all('unchanged')), err: '' });
    expect(await specsOf(api, name)).toEqual(specs);
    await api.request('DELETE', policyPath(name, SELECTED));
    await api.request('PATCH', policyPath(name, 'portcullis-block'), { spec: { ingress: [{}] } });
    expect((await apply(template)).out).toBe(
      told(name, [
        ['portcullis-block', 'configured'],
        [SELECTED, 'created'],
        ['portcullis-allow', 'unchanged'],
      ]),
    );
    expect(await specsOf(api, name)).toEqual(specs);
  });

  it('leaves a policy of somebody else with our name alone, brings the rest, and leaves with 1', async () => {
    const name = await api.namespace();
    await putForeign(name, 'portcullis-block', THEIRS);
    const before = await api.request('GET', policyPath(name, 'portcullis-block'));
    expect(await apply(templateOf(entryOf(name)), name)).toEqual({
      code: 1,
      out: told(name, [
        ['portcullis-block', 'left alone: the name belongs to a policy of somebody else'],
        ['portcullis-allow', 'created'],
        [SELECTED, 'created'],
      ]),
      err: '',
    });
    expect(await api.request('GET', policyPath(name, 'portcullis-block'))).toEqual(before);
  });

  it('takes only the namespaces that were named, and takes ours away where the template no longer enforces', async () => {
    const [one, two] = [await api.namespace(), await api.namespace()];
    const template = templateOf(entryOf(one) + entryOf(two));
    await apply(template, one);
    expect([await policiesOf(api, one), await policiesOf(api, two)]).toEqual([[...PAIR].sort(), []]);
    await putForeign(one, 'theirs', THEIRS);
    const { code, out } = await apply(templateOf(entryOf(two)), one);
    expect([code, out]).toEqual([
      0,
      told(
        one,
        ['portcullis-block', ...[...PAIR].filter((name) => name !== 'portcullis-block').sort()].map((name) => [name, 'deleted']),
      ),
    ]);
    expect(await policiesOf(api, one)).toEqual(['theirs']);
    expect(await apply(template, 'nowhere')).toEqual({ code: 2, out: '', err: 'portcullis: no such namespace in the cluster: nowhere\n' });
  });
});

describe('nothing to do, and nothing to list', () => {
  it('is said, so that silence is not taken for success', async () => {
    const name = await api.namespace();
    const { code, out, err } = await apply(templateOf(entryOf('not-there')), name);
    const why = 'nothing to do: the template enforces none of these namespaces; not in the cluster: not-there';
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: `portcullis: ${why}\n` });
    expect((await runOn(api, ['policies', '-n', name])).err).toBe('portcullis: no NetworkPolicy is there\n');
  });
});

describe('portcullis policies', () => {
  it('lists all policies of all namespaces, as kubectl does', async () => {
    const name = await api.namespace();
    await apply(templateOf(entryOf(name)), name);
    await putForeign(name, 'theirs', THEIRS);
    const { code, out } = await runOn(api, ['policies']);
    const { stdout } = await api.kubectl(['get', 'networkpolicies', '-A']);
    const header = (text: string) => text.split('\n')[0]?.split(/ {3,}/);
    expect([code, header(out)]).toEqual([0, header(stdout)]);
    expect(rowsOf(out, name)).toEqual([
      `${name} | portcullis-allow | <none> | AGE`,
      `${name} | ${SELECTED} | app=api | AGE`,
      `${name} | portcullis-block | <none> | AGE`,
      `${name} | theirs | <none> | AGE`,
    ]);
    expect(rowsOf(stdout, name)).toEqual(rowsOf(out, name));
    const wide = await runOn(api, ['policies', '-n', name, '-o', 'wide']);
    expect(rowsOf(wide.out, name).at(-1)).toBe(`${name} | theirs | <none> | AGE | other | Ingress | 9999/TCP from anywhere`);
  });

  it('draws what the policies permit between the workloads that are there, and what somebody else opens', async () => {
    const name = await api.namespace();
    await apply(templateOf(entryOf(name)), name);
    await putForeign(name, 'theirs', THEIRS);
    await api.request('POST', `/api/v1/namespaces/${name}/pods`, {
      ...podObject('api'),
      metadata: { name: 'api', labels: { app: 'api' } },
    });
    const { code, out, err } = await runOn(api, ['policies', '-n', name, '-o', 'dot']);
    const [, pod] = /(n\d+) \[label="api"\]/.exec(out) ?? [];
    const [, anywhere] = /(n\d+) \[label="anywhere"/.exec(out) ?? [];
    expect([code, err, out.match(new RegExp(`label="${name}"`, 'g'))?.length]).toEqual([0, '', 1]);
    expect(out).toContain(`${anywhere} -> ${pod} [label="9999/TCP", class="widened"`);
  });

  it('says how each policy stands to the template', async () => {
    const name = await api.namespace();
    const template = templateOf(entryOf(name));
    await apply(template, name);
    const inPlace = [
      `${name} | portcullis-allow | <none> | AGE | portcullis | in place`,
      `${name} | ${SELECTED} | app=api | AGE | portcullis | in place`,
      `${name} | portcullis-block | <none> | AGE | portcullis | in place`,
    ];
    await putForeign(name, 'theirs', THEIRS);
    const widened = `${name} | theirs | <none> | AGE | other | widens | 9999/TCP from anywhere`;
    expect(rowsOf((await runOn(api, ['policies'], template)).out, name)).toEqual([...inPlace, widened]);
    await api.request('PATCH', policyPath(name, 'portcullis-block'), { spec: { ingress: [{}] } });
    await api.request('DELETE', policyPath(name, 'portcullis-allow'));
    const changed = templateOf(entryOf(name).replace('app: api', 'app: other'));
    const other = allowName({ matchLabels: { app: 'other' } }, 'ingress');
    const { code, out } = await runOn(api, ['policies'], changed);
    expect([code, rowsOf(out, name)]).toEqual([
      1,
      [
        ['portcullis-allow', `${name} | portcullis-allow | <none> | - | portcullis | missing`],
        [SELECTED, `${name} | ${SELECTED} | app=api | AGE | portcullis | orphan`],
        [other, `${name} | ${other} | app=other | - | portcullis | missing`],
        ['portcullis-block', `${name} | portcullis-block | <none> | AGE | portcullis | drifted`],
        ['theirs', widened],
      ]
        .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
        .map(([, row]) => row),
    ]);
  });
});
