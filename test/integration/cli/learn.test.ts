import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { examplesOf, run, withFiles } from '../../support/cli.ts';

const pod = (labels: string, containers: string) => `
    metadata: {labels: ${labels}}
    spec: {containers: ${containers}}
---
`;
const MANIFESTS = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: shop, role: api}}
  template:${pod('{app: shop, role: api, pod-template-hash: x1}', '[{name: api, ports: [{containerPort: 8080, name: http}, {containerPort: 9090}]}, {name: proxy, ports: [{containerPort: 9090}]}]')}apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: shop, role: db}}
  template:${pod('{app: shop, role: db}', '[{name: db, ports: [{containerPort: 5432, hostPort: 15432}]}]')}apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: shop}
spec:
  template:${pod('{app: shop, role: migrate}', '[{name: migrate}]')}apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {type: NodePort, selector: {role: api}, ports: [{port: 80, targetPort: http}, {port: 81, targetPort: 8081}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {role: db}}
  ingress:
    - from: [{podSelector: {matchLabels: {role: api}}}, {namespaceSelector: {matchLabels: {team: blue}}}, {ipBlock: {cidr: 10.0.0.0/8}}]
      ports: [{port: 5432}]
---
apiVersion: v1
kind: Namespace
metadata: {name: ops, labels: {team: blue}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: ops}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {hostNetwork: true, containers: [{name: agent, ports: [{containerPort: 9100}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: dns, namespace: kube-system}
spec: {containers: [{name: dns, ports: [{containerPort: 53, protocol: UDP}]}]}
`;

const finding = (port: string, listening: string, more: object = {}) => ({
  port,
  declared: true,
  listening,
  addresses: [],
  reachable: 'unknown',
  verdict: 'unknown',
  ...more,
});
const SEEN = JSON.stringify([
  {
    namespace: 'shop',
    pod: 'api-5f1c9-x7k2p',
    outcome: 'scanned',
    findings: [
      finding('8080/TCP', 'yes'),
      finding('9090/TCP', 'no'),
      finding('9229/TCP', 'loopback', { process: 'node' }),
      finding('7777/TCP', 'yes', { process: 'nc' }),
      finding('40000/UDP', 'yes', { verdict: 'possible' }),
    ],
    gaps: [],
  },
]);

const FILES = { 'manifests/all.yaml': MANIFESTS, 'scan.json': SEEN };
const learn = (words: readonly string[], files: Readonly<Record<string, string>> = FILES, stdin = '') =>
  withFiles(files, async (folder) => {
    const named = words.map((word) => (/^(manifests\/|scan\.json|template|new\.yaml)/.test(word) ? `${folder}/${word}` : word));
    return run(['learn', ...named], { folder, stdin });
  });

const HEAD = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: audit  # nothing is refused and nothing is closed yet
unlisted: audit
defaults:
  egress: open  # what pods call was learned where a NetworkPolicy says it; declared closes it, but for what rules with a to permit
namespaces:
  - name: ops
    rules:
      - name: agent  # DaemonSet agent, DIR/manifests/all.yaml:45
        pods: {app: agent}  # no other workload here has it
        ports:
          - 9100/TCP  # container agent
    hostNetwork: true  # doubtful: DaemonSet agent, DIR/manifests/all.yaml:45; no policy covers such pods
  - name: shop
    # Job migrate, DIR/manifests/all.yaml:19: no port
    rules:
`;
const DB = `      - name: db  # StatefulSet db, DIR/manifests/all.yaml:10
        pods: {role: db}  # no other workload here has it
        ports:
          - 5432/TCP  # container db; doubtful: also hostPort 15432, past every policy
        from:
          - {pods: {role: api}}  # by NetworkPolicy db, DIR/manifests/all.yaml:32
          - {namespace: ops}  # by NetworkPolicy db, DIR/manifests/all.yaml:32; doubtful: it says namespaces with team=blue, this is one of them now
          - {cidr: 10.0.0.0/8}  # by NetworkPolicy db, DIR/manifests/all.yaml:32
    hostPorts:
      - 15432/TCP  # StatefulSet db, DIR/manifests/all.yaml:10
`;

describe('portcullis learn', () => {
  it('makes a rule for each workload, and says of each line where it comes from', async () => {
    const { code, out, err } = await learn(['manifests/']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`# Learned from DIR/manifests/. Read every line that says doubtful, then write mode: enforce.
${HEAD}      - name: api  # Deployment api, DIR/manifests/all.yaml:1
        pods: {role: api}  # no other workload here has it
        ports:
          - 8080/TCP  # container api (http); Service api:80, NodePort
          - 8081/TCP  # Service api:81, NodePort; doubtful: no container declares it
          - 9090/TCP  # container api, container proxy; doubtful: declared more than once
${DB}`);
  });

  it('says what a scan saw, never saw, and saw on loopback only', async () => {
    const { out } = await learn(['manifests/', '--seen', 'scan.json']);
    expect(
      out.slice(out.indexOf('      - name: api'), out.indexOf('      - name: db')),
    ).toBe(`      - name: api  # Deployment api, DIR/manifests/all.yaml:1
        pods: {role: api}  # no other workload here has it
        ports:
          - 7777/TCP  # doubtful: seen listening (nc), but no container declares it
          - 8080/TCP  # container api (http); Service api:80, NodePort; seen listening
          - 8081/TCP  # Service api:81, NodePort
          - 9090/TCP  # container api, container proxy; doubtful: declared more than once; doubtful: never seen listening
        # 9229/TCP listens on loopback only (node): it needs no rule
        # 40000/UDP was seen once in the ephemeral range: most likely a client, it has no rule
`);
  });

  it('reads stdin, and puts objects without a namespace where it is told', async () => {
    const bare = 'apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: a, ports: [{containerPort: 80}]}]}\n';
    const { code, out } = await learn(['-n', 'shop', '-'], {}, bare);
    expect(code).toBe(0);
    expect(out.split('\n').slice(7)).toEqual([
      'namespaces:',
      '  - name: shop',
      '    rules:',
      '      - name: one  # Pod one, stdin:1',
      '        ports:  # doubtful: it has no lasting label, so every pod of the namespace is meant',
      '          - 80/TCP  # container a',
      '',
    ]);
  });

  it('learns the rest where something cannot be read or is not valid, and leaves with 2', async () => {
    const files = {
      ...FILES,
      'manifests/bad.yaml': 'a: [',
      'manifests/zero.yaml': MANIFESTS.split('---')[0]?.replace('8080', '0').replace('name: api, n', 'name: zero, n') ?? '',
    };
    const { code, out, err } = await learn(['manifests/'], files);
    expect(code).toBe(2);
    expect(err.split('\n')).toEqual([
      expect.stringContaining('portcullis: not learned: DIR/manifests/bad.yaml:1:'),
      'portcullis: not learned: Deployment shop/zero: port must be an integer from 1 to 65535',
      '',
    ]);
    expect(out).toContain('- name: db');
  });

  it.each<[string, string[], string]>([
    ['nothing to learn from', ['manifests/'], 'nothing to learn from: no Pod and no workload that makes Pods'],
    [
      'a scan that is none',
      ['manifests/', '--seen', 'manifests/a.yaml'],
      '--seen DIR/manifests/a.yaml holds no findings: write them with portcullis scan -o json',
    ],
    ['no scan', ['manifests/', '--seen', 'scan.json'], '--seen DIR/scan.json cannot be read: no such file or folder'],
  ])('leaves with 2 for %s', async (_, words, message) => {
    expect(await learn(words, { 'manifests/a.yaml': 'kind: ConfigMap\napiVersion: v1\n' })).toEqual({
      code: 2,
      out: '',
      err: `portcullis: ${message}\n`,
    });
  });

  it('overwrites no file', async () => {
    const { code, err } = await learn(['manifests/', '--output', 'new.yaml'], { ...FILES, 'new.yaml': 'mine\n' });
    expect({ code, err }).toEqual({
      code: 2,
      err: 'portcullis: DIR/new.yaml is there already; add to it with --merge, or name another file\n',
    });
  });

  it('gives no other bytes for the same objects', async () => {
    expect(await learn(['manifests/'])).toEqual(await learn(['manifests/']));
  });

  it('has examples that run', async () => {
    const examples = examplesOf((await run(['learn', '--help'])).out);
    expect(examples).toHaveLength(5);
    for (const [, ...words] of examples) {
      const { code, err } = await learn(
        words,
        { ...FILES, 'template.yaml': 'apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\n' },
        MANIFESTS,
      );
      expect({ words, code, err }).toEqual({ words, code: 0, err: '' });
    }
  });
});

const WRITTEN = `# Ours, by hand.
apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode:   enforce   # odd spaces stay
unlisted: audit

namespaces:
  - name: shop   # the shop
    rules:
      - name: api
        pods: {app: shop, role: api}
        ports: [8080, 9090,   8081]   # three
      # a thought for later

  # another
  - {name: 'ops', hostNetwork: true, rules: []}  # flow
`;

const deployment = (namespace: string, name: string, ports = '[{containerPort: 8080, name: http}]') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: main, ports: ${ports}}]}}
---
`;
const egress = (namespace: string, app: string, rules: string) => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ${app}-calls, namespace: ${namespace}}
spec: {podSelector: {matchLabels: {app: ${app}}}, policyTypes: [Egress], egress: ${rules}}
---
`;

describe('what pods call', () => {
  const learned = async (manifests: string) => {
    const { code, out, err } = await learn(['manifests/'], { 'manifests/m.yaml': manifests });
    return { code, err, lines: out.split('\n').slice(7, -1) };
  };
  const DNS =
    '{to: [{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{port: 53, protocol: UDP}, {port: 53}]}';

  it('is learned from the policies of a namespace, which is declared where they bind every workload; DNS needs no rule', async () => {
    const web = egress(
      'web',
      'front',
      `[${DNS}, {to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}, podSelector: {matchLabels: {app: api}}}], ports: [{port: http}]},
        {to: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.7/32]}}], ports: [{port: 5000, endPort: 5010, protocol: UDP}]}]`,
    );
    expect(await learned(deployment('shop', 'api') + deployment('web', 'front', '[]') + web)).toEqual({
      code: 0,
      err: '',
      lines: [
        'namespaces:',
        '  - name: shop',
        '    rules:',
        '      - name: api  # Deployment api, DIR/manifests/m.yaml:1',
        '        pods: {app: api}  # no other workload here has it',
        '        ports:',
        '          - 8080/TCP  # container main (http)',
        '  - name: web',
        '    egress: declared  # what each workload here calls is said by NetworkPolicies',
        '    rules:',
        '      - name: front-calls  # Deployment front, DIR/manifests/m.yaml:8',
        '        pods: {app: front}  # no other workload here has it',
        '        ports:',
        '          - 8080/TCP  # named http',
        '        to:  # authorizes these ports at the pods that it names, too',
        '          - {namespace: shop, pods: {app: api}}  # by NetworkPolicy front-calls, DIR/manifests/m.yaml:15',
        '      - name: front-calls-2  # Deployment front, DIR/manifests/m.yaml:8',
        '        pods: {app: front}  # no other workload here has it',
        '        ports:',
        '          - 5000-5010/UDP',
        '        to:',
        '          - {cidr: 192.0.2.0/24, except: [192.0.2.7/32]}  # by NetworkPolicy front-calls, DIR/manifests/m.yaml:15',
      ],
    });
  });

  it('is doubtful where a template has no words for it, and says so', async () => {
    const rules = '[{to: [{namespaceSelector: {}}, {podSelector: {matchLabels: {app: db}}}], ports: [{port: sql}, {port: 5432}]}, {}]';
    const { lines } = await learned(deployment('shop', 'api') + deployment('shop', 'db', '[]') + egress('shop', 'api', rules));
    const policy = 'NetworkPolicy api-calls, DIR/manifests/m.yaml:15';
    expect(lines.slice(1)).toEqual([
      '  - name: shop',
      `    # Deployment api, DIR/manifests/m.yaml:1: doubtful: ${policy} lets it call all pods of every namespace, for which a template has no words`,
      `    # Deployment api, DIR/manifests/m.yaml:1: doubtful: ${policy} lets it call the port named sql, which no pod here declares`,
      '    # Deployment db, DIR/manifests/m.yaml:8: no port',
      '    rules:',
      '      - name: api  # Deployment api, DIR/manifests/m.yaml:1',
      '        pods: {app: api}  # no other workload here has it',
      '        ports:',
      '          - 8080/TCP  # container main (http)',
      '      - name: api-calls  # Deployment api, DIR/manifests/m.yaml:1',
      '        pods: {app: api}  # no other workload here has it',
      '        ports:',
      '          - 5432/TCP',
      '        to:  # authorizes these ports at the pods that it names, too',
      `          - {pods: {app: db}}  # by ${policy}`,
      '      - name: api-calls-2  # Deployment api, DIR/manifests/m.yaml:1',
      '        pods: {app: api}  # no other workload here has it',
      '        ports:',
      ...['TCP', 'UDP', 'SCTP'].map((protocol) => `          - 1-65535/${protocol}  # doubtful: ${policy} says every port`),
      '        to:',
      ...['0.0.0.0/0', '"::/0"'].map(
        (cidr) =>
          `          - {cidr: ${cidr}}  # by ${policy}; doubtful: it says anywhere, and in many clusters addresses do not mean pods`,
      ),
    ]);
  });

  it('is added to a template once', async () => {
    const rules = '[{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]';
    const manifests = deployment('shop', 'api') + deployment('shop', 'db', '[]') + egress('shop', 'api', rules);
    const template = 'apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\nnamespaces:\n  - name: shop\n    rules: [{ports: [8080]}]\n';
    const merge = async (text: string) =>
      (await learn(['manifests/', '--merge', 'template.yaml'], { 'manifests/m.yaml': manifests, 'template.yaml': text })).out;
    const once = await merge(template);
    expect(once).toContain(
      'rules: [{ports: [8080]}, {"name":"api-calls","pods":{"app":"api"},"ports":["5432/TCP"],"to":[{"pods":{"app":"db"}}]}]',
    );
    expect(await merge(once)).toBe(once);
  });
});

describe('portcullis learn --merge', () => {
  const merged = (template: string, name = 'template.yaml') => learn(['manifests/', '--merge', name], { ...FILES, [name]: template });

  it('adds what is missing, and leaves every other byte as it was', async () => {
    const { code, out, err } = await merged(WRITTEN);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(
      WRITTEN.replace('# three\n', `# three\n${DB.slice(0, -1)}\n`).replace(
        'rules: []}',
        'rules: [{"name":"agent","pods":{"app":"agent"},"ports":["9100/TCP"]}]}',
      ),
    );
  });

  it('changes nothing where nothing is missing', async () => {
    const { out } = await merged(WRITTEN);
    expect((await merged(out)).out).toBe(out);
  });

  it.each<[string, string]>([
    ['without namespaces', 'apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\n'],
    ['without a last line break', 'apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\nnamespaces:\n- name: shop'],
    ['with Windows line breaks', WRITTEN.replaceAll('\n', '\r\n')],
    ['with an empty list', 'apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\nnamespaces: []\n'],
    ['with a pattern', 'apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\nnamespaces:\n  - name: sh*\n    hostPorts:\n    - 80\n'],
    ['of two documents', `${WRITTEN}---\napiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\nexempt: [x]\n`],
    ['of JSON', '{"apiVersion": "portcullis.dev/v1alpha1", "kind": "PortTemplate", "namespaces": [{"name": "shop"}]}\n'],
  ])('adds to a template %s', async (_, template) => {
    const { code, out, err } = await merged(template);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(isSubsequence(template, out)).toBe(true);
    expect(await judged(out)).toBe(0);
    if (template.startsWith('{')) JSON.parse(out);
    if (template.includes('\r\n')) expect(/[^\r]\n/.test(out)).toBe(false);
  });

  it.each<[string, string, string]>([
    [
      'an alias in the place of a list',
      'namespaces:\n  - name: shop\n    rules: &r [{ports: [1]}]\n  - name: ops\n    hostNetwork: true\n    rules: *r\n',
      'no place to add to: rules is not written out as a list',
    ],
    [
      'a host network that is forbidden',
      'namespaces:\n  - {name: ops, hostNetwork: false}\n',
      'the template says hostNetwork: false where a workload uses it; decide this by hand',
    ],
  ])('refuses %s', async (_, lines, why) => {
    const { code, err } = await merged(`apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\n${lines}`);
    expect({ code, err }).toEqual({ code: 2, err: `portcullis: DIR/template.yaml cannot be added to: ${why}\n` });
  });

  it('writes to the file itself where it is told to', async () => {
    await withFiles({ ...FILES, 'template.yaml': WRITTEN }, async (folder) => {
      const path = `${folder}/template.yaml`;
      expect((await run(['learn', `${folder}/manifests`, '--merge', path, '--output', path])).code).toBe(0);
      expect(await readFile(path, 'utf8')).toContain('hostPorts:');
    });
  });

  /** The exit code of `check` in enforce. */
  async function judged(template: string): Promise<number> {
    return withFiles({ ...FILES, 'template.yaml': template }, async (folder) => {
      const ran = await run(['check', '--template', `${folder}/template.yaml`, '--mode', 'enforce', `${folder}/manifests`]);
      return ran.code;
    });
  }
});

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const char of whole) if (char === part[at]) at += 1;
  return at === part.length;
}
