import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/app/explain.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { explainText } from '../../../src/cli/explain-output.ts';
import { gatherSetting } from '../../../src/cli/explain-setting.ts';
import { explainQuestion } from '../../../src/cli/explain-words.ts';
import { runCli } from '../../../src/cli/program.ts';
import { examplesOf, run, withFiles } from '../../support/cli.ts';
import { recordingIo } from '../../support/recording-io.ts';

const TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: audit
namespaces:
  - name: shop
    rules:
      - name: api
        pods: {app: api}
        ports: [8080/TCP, 9000-9100/UDP]
        from:
          - {namespace: web, pods: {app: front}}
          - {cidr: 10.0.0.0/8, except: [10.9.0.0/16]}
      - pods: {app: api}
        to: [{cidr: 0.0.0.0/0, except: [169.254.169.254/32]}]
        ports: [443]
  - name: web
    rules:
      - name: front
        pods: {app: front}
        ports: [8443]
`;

const deployment = (place: string, ports: string) => {
  const [namespace, name] = place.split('/');
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, ports: [${ports}]}]}
---
`;
};
const MANIFESTS = [
  deployment('shop/api', '{containerPort: 8080, name: http}, {containerPort: 9090, name: metrics}'),
  deployment('shop/db', '{containerPort: 5432}'),
  deployment('web/front', '{containerPort: 8443}'),
  `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: debug, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress: [{ports: [{port: 9999}]}]
`,
].join('');

const FILES = { 'template.yaml': TEMPLATE, 'manifests/all.yaml': MANIFESTS };
const WORDS = ['--template', 'template.yaml', '--manifests', 'manifests/'];
const inFolder = (words: readonly string[], files: Readonly<Record<string, string>> = FILES) =>
  withFiles(files, (folder) =>
    run(['explain', ...words.map((word) => (/^(template|manifests)[./]/.test(word) ? `${folder}/${word}` : word))], { folder }),
  );

describe('portcullis explain', () => {
  it('tells of a workload its ports, calls, policies and mode, and what would permit it', async () => {
    expect(await inFolder(['deployment/api', '-n', 'shop', ...WORDS])).toEqual({
      code: 1,
      err: '',
      out: `refused     Deployment shop/api
  port      8080/TCP (http)     from web app=front; 10.0.0.0/8 except 10.9.0.0/16, by rule api, DIR/template.yaml:8
  port      9090/TCP (metrics)  not in the template
  also      9000-9100/UDP authorized, though nobody declares it
  calls     443/TCP to 0.0.0.0/0 except 169.254.169.254/32  by the rule at DIR/template.yaml:14
  policies  portcullis-block, portcullis-allow, portcullis-allow-eca00677fa, portcullis-allow-eca00677fa-egress
  and       debug of somebody else (ingress): opens 9999/TCP from anywhere
  mode      enforce, by the default of DIR/template.yaml:3
  to permit add under namespace shop (DIR/template.yaml:6)
              rules:
                - pods: {app: api}
                  ports: [9090/TCP]
`,
    });
  });

  it('tells of a permitted connection what lets it pass at both ends', async () => {
    expect(await inFolder(['web/front', 'shop/api:http', ...WORDS])).toEqual({
      code: 0,
      err: '',
      out: `permitted   web/front -> shop/api 8080/TCP
  leaves    web/front  by rule api, DIR/template.yaml:8 (policy portcullis-allow-11f2156bcb-egress)
  enters    shop/api   by rule api, DIR/template.yaml:8 (policy portcullis-allow-eca00677fa)
  policies  web/front  portcullis-block, portcullis-allow, portcullis-allow-11f2156bcb-egress
  policies  shop/api   portcullis-block, portcullis-allow-eca00677fa, debug (of somebody else)
  mode      enforce, by the default of DIR/template.yaml:3
`,
    });
  });

  it('tells of a refused connection the nearest rule and the shortest edit', async () => {
    expect(await inFolder(['web/front', 'shop/api:9090', ...WORDS])).toEqual({
      code: 1,
      err: '',
      out: `refused     web/front -> shop/api 9090/TCP
  leaves    web/front  no policy opens 9090/TCP to shop/api
  enters    shop/api   no policy opens 9090/TCP from web/front
  nearest   rule api, DIR/template.yaml:8 (8080/TCP, 9000-9100/UDP)
  policies  web/front  portcullis-block, portcullis-allow, portcullis-allow-11f2156bcb-egress
  policies  shop/api   portcullis-block, portcullis-allow-eca00677fa, debug (of somebody else)
  mode      enforce, by the default of DIR/template.yaml:3
  to permit add 9090/TCP to the ports of rule api, DIR/template.yaml:8
              ports: [8080/TCP, 9000-9100/UDP, 9090/TCP]
`,
    });
  });

  it.each<[string, string[], number, string]>([
    [
      'a block that holds the address',
      ['10.1.2.3', 'shop/api:8080'],
      0,
      '  leaves    10.1.2.3  an address: no policy of the cluster acts there',
    ],
    ['an exception of a block', ['10.9.0.1', 'shop/api:8080'], 1, '              - {cidr: 10.9.0.1/32}'],
    [
      'an address that is called',
      ['shop/api', '192.0.2.1:443'],
      0,
      '  enters    192.0.2.1  an address: no policy of the cluster acts there',
    ],
    [
      "the namespace's own ports",
      ['shop/db', 'shop/api:8080'],
      1,
      "  leaves    shop/db   by the namespace's own ports (policy portcullis-allow)",
    ],
    [
      'a policy of somebody else',
      ['192.0.2.1', 'shop/api:9999'],
      0,
      '  enters    shop/api   by policy debug of somebody else, not by the template',
    ],
    ['every declared port, where none is named', ['web/front', 'shop/api'], 1, 'refused     web/front -> shop/api 9090/TCP'],
    ['one port of a workload', ['shop/api', '8080'], 0, 'permitted   Deployment shop/api'],
    ['a named port of a workload', ['shop/api', 'metrics'], 1, '  port      9090/TCP (metrics)  not in the template'],
    ['the maker of a pod that has only a generateName yet', ['pod/api-', '-n', 'shop'], 1, 'refused     Deployment shop/api'],
    ['a workload by the label that names it', ['front', '-n', 'web'], 0, 'permitted   Deployment web/front'],
  ])('answers by %s', async (_, words, code, line) => {
    const ran = await inFolder([...words, ...WORDS]);
    expect({ code: ran.code, lines: ran.out.split('\n').includes(line) }).toEqual({ code, lines: true });
  });

  it('says that audit lets pass what enforce would refuse', async () => {
    const audit = TEMPLATE.replace('mode: enforce', 'mode: audit');
    const ran = await inFolder(['web/front', 'shop/db:5432', ...WORDS], { ...FILES, 'template.yaml': audit });
    expect(ran).toEqual({
      code: 0,
      err: '',
      out: `permitted   web/front -> shop/db 5432/TCP
  leaves    web/front  no policy closes it
  enters    shop/db    no policy closes it
  mode      audit, by the default of DIR/template.yaml:3
  but       mode enforce would refuse it
  to permit add under namespace shop, DIR/template.yaml:6
              rules:
                - pods: {app: db}
                  ports: [5432/TCP]
                  from: [{namespace: web, pods: {app: front}}]
`,
    });
  });

  it.each<[string, string[], string]>([
    ['a name that is nearly right', ['shop/ap'], 'no Pod or workload ap in shop; did you mean api?'],
    ['a name that is not there', ['shop/payments'], 'no Pod or workload payments in shop; there are api, db'],
    ['a namespace that is not there', ['shoq/api'], 'nothing is known of a namespace shoq; did you mean shop?'],
    ['a name without its namespace', ['api'], 'nothing is known of a namespace default; there are shop, web'],
    ['a port that is none', ['shop/api', '70000'], '70000 is no port; write one like 80, 80/TCP or 53/UDP'],
    ['a port of no protocol', ['web/front', 'shop/api:80/ICMP'], '80/ICMP is no port; write one like 80, 80/TCP or 53/UDP'],
    ['a name of no port', ['shop/api', 'grpc'], 'no container declares a port named grpc; there are http, metrics'],
    ['an address alone', ['10.0.0.1'], '10.0.0.1 is an address: say whom it calls, like 10.0.0.1 shop/api:8080'],
    ['two addresses', ['10.0.0.1', '10.0.0.2:80'], '10.0.0.1 and 10.0.0.2 are both addresses: no policy of the cluster acts between them'],
    ['too many parts', ['a/b/c/d'], 'a/b/c/d names no pod: write NAME, KIND/NAME or NAMESPACE/NAME, like shop/api'],
    [
      'a kind without pods',
      ['shop/service/api'],
      'service is no kind that has pods: write pod, deployment, statefulset, daemonset, replicaset, job or cronjob',
    ],
  ])('leaves with 2 for %s', async (_, words, message) => {
    expect(await inFolder([...words, ...WORDS])).toEqual({ code: 2, out: '', err: `portcullis: ${message}\n` });
  });

  it('leaves with 2 where a manifest cannot be read, and for a workload that is not valid', async () => {
    const unreadable = await inFolder(['shop/api', ...WORDS], { ...FILES, 'manifests/bad.yaml': 'a: [' });
    expect([unreadable.code, unreadable.err.split('\n')[0]]).toEqual([2, 'portcullis: the manifests cannot be read']);
    const invalid = await inFolder(['shop/api', ...WORDS], {
      ...FILES,
      'manifests/all.yaml': deployment('shop/api', '{containerPort: 0}'),
    });
    expect([invalid.code, invalid.err]).toEqual([
      2,
      'portcullis: Deployment shop/api is not valid: spec.template.spec.containers[0].ports[0].containerPort: port must be an integer from 1 to 65535\n',
    ]);
  });

  it('prints the same facts as JSON and as YAML', async () => {
    const [json, yaml] = await Promise.all(
      ['json', 'yaml'].map((format) => inFolder(['web/front', 'shop/api:8080', ...WORDS, '-o', format])),
    );
    const value = JSON.parse(json?.out ?? '');
    expect(load((yaml?.out ?? '').replaceAll(/^---$/gm, ''))).toEqual(value);
    expect(value).toMatchObject({
      from: 'web/front',
      to: 'shop/api',
      answers: [{ port: '8080/TCP', verdict: 'permitted', leaves: { verdict: 'permitted' }, enters: { verdict: 'permitted' } }],
    });
    const workload = JSON.parse((await inFolder(['shop/api', ...WORDS, '-o', 'json'])).out);
    expect(workload).toMatchObject({
      workload: 'Deployment shop/api',
      verdict: 'refused',
      undeclared: ['9000-9100/UDP'],
      violations: [{ port: '9090/TCP' }],
    });
  });

  it('wraps what a narrow terminal cannot hold, and colors verdicts that are words as well', async () => {
    await withFiles(FILES, async (folder) => {
      const options = { template: `${folder}/template.yaml`, manifests: [`${folder}/manifests`], apiServer: [] };
      const { setting } = await gatherSetting(options, recordingIo());
      const answer = explain(explainQuestion('shop/api', undefined, 'default'), setting);
      if ('problem' in answer) throw new Error(answer.problem);
      const text = (columns: number, color: boolean) => explainText(answer, { color, columns }).replaceAll(folder, 'DIR');
      expect(text(80, false).split('\n').slice(0, 4)).toEqual([
        'refused     Deployment shop/api',
        expect.stringMatching(/^ {2}port {6}8080\/TCP \(http\) {5}from web app=front/),
        expect.stringMatching(/^ {14}\S/),
        expect.stringMatching(/^ {14}\S/),
      ]);
      const whole = (columns: number) => explainText(answer, { color: false, columns });
      expect(
        Math.max(
          ...whole(140)
            .split('\n')
            .map(({ length }) => length),
        ),
      ).toBeLessThanOrEqual(140);
      expect(whole(80).replaceAll(/\s+/g, ' ')).toBe(whole(1000).replaceAll(/\s+/g, ' '));
      expect(text(1000, true).split('\n')[0]).toBe('\u001b[31mrefused\u001b[39m     Deployment shop/api');
    });
  });

  it('has examples that run', async () => {
    const examples = examplesOf((await run(['explain', '--help'])).out);
    expect(examples).toHaveLength(5);
    for (const [, ...words] of examples) {
      const { code, err } = await inFolder(words);
      expect({ words, err, ran: code <= 1 }).toEqual({ words, err: '', ran: true });
    }
  });

  it('asks a cluster, where the files do not say all', async () => {
    const io = recordingIo();
    const code = await runCli(['explain', 'shop/api', '--kubeconfig', '/nowhere/config'], io, COMMANDS);
    expect(code).toBe(3);
  });
});
