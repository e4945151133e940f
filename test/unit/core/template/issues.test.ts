import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documentOf, issuesOf, ruleOf, shopOf } from '../../../support/parse-template.ts';

const PORT = 'a port like 8080, 8080/TCP or 9000-9100/UDP';

describe('a port that is not written plainly', () => {
  const table: Record<string, string> = {
    '0600': '0600 is 384 (octal) to kubectl and 600 to readers of YAML 1.2; write 384 or 600',
    '8_080': '8_080 is the number 8080 to kubectl and a text or a fraction to other readers; write 8080',
    '22:22': `22:22 is 1342 to readers of YAML 1.1 (base 60) and a text to kubectl; write ${PORT}`,
    '0x50': '0x50 is the number 80 to kubectl and a text or a fraction to other readers; write 80',
    '80.0': '80.0 is the number 80 to kubectl and a text or a fraction to other readers; write 80',
    '1e3': '1e3 is the number 1000 to kubectl and a text or a fraction to other readers; write 1000',
    '08': '08 is 8 to kubectl and a text to other readers; write 8',
    '+80': '+80 is the number 80 to kubectl and a text or a fraction to other readers; write 80',
    '0': '0 is no port; ports go from 1 to 65535',
    '65536': '65536 is no port; ports go from 1 to 65535',
    '-5': '-5 is no port; ports go from 1 to 65535',
    '70000-80000': '70000 is no port; ports go from 1 to 65535',
    '"0600"': '"0600" has a leading zero, which is octal to some readers; leave it out',
    '080-090/UDP': '"080-090/UDP" has a leading zero, which is octal to some readers; leave it out',
    '80/tcp': '"tcp" is no protocol; write 80/TCP',
    '80/TPC': '"TPC" is no protocol; write 80/TCP',
    '80/HTTP': '"HTTP" is no protocol; write TCP, UDP or SCTP',
    '9100-9000/UDP': '"9100-9000/UDP" runs backward; write 9000-9100/UDP',
    'TCP/80': '"TCP/80" is not how a port is written; write 80/TCP',
    '80:UDP': '"80:UDP" is not how a port is written; write 80/UDP',
    '9000..9100': '"9000..9100" is not how a port is written; write 9000-9100/TCP',
    '{port: 80, protocol: udp}': 'a map is not how a port is written; write 80/UDP',
    '{range: 90-95}': 'a map is not how a port is written; write 90-95/TCP',
    http: `must be ${PORT}, not the text "http"`,
    '""': `must be ${PORT}, not the text ""`,
    true: `must be ${PORT}, not the boolean true`,
    '[80]': `must be ${PORT}, not a list`,
    '~': `nothing is written here; it must be ${PORT}`,
  };
  it.each(Object.entries(table))('%s', (written, message) => {
    expect(issuesOf(ruleOf(`{ports: [${written}]}`))).toEqual([`a.yaml:6:18  namespaces[0].rules[0].ports[0]: ${message}`]);
  });
});

describe('a rule that cannot be right', () => {
  const table: Record<string, string> = {
    '{pods: {app: api}}':
      'a.yaml:6:9  namespaces[0].rules[0]: ports are missing; list them, or write ports: [] for a rule that keeps the pods closed',
    '{ports: }': 'a.yaml:6:10  namespaces[0].rules[0].ports: nothing is written here; it must be a list',
    '{ports: 80}': 'a.yaml:6:17  namespaces[0].rules[0].ports: must be a list, not the number 80',
    '{ports: [80], from: []}':
      'a.yaml:6:29  namespaces[0].rules[0].from: from: [] permits nobody; leave from out to permit everybody, or write ports: [] to keep the pods closed',
    '{ports: [80], to: []}': 'a.yaml:6:27  namespaces[0].rules[0].to: to: [] names nobody; name the peers, or remove the rule',
    '{ports: [80], from: [{pods: {}}], to: [{pods: {}}]}':
      'a.yaml:6:43  namespaces[0].rules[0].to: from and to stand in one rule; write two rules, one for each direction',
    '{ports: [80], form: [{pods: {}}]}': 'a.yaml:6:23  namespaces[0].rules[0].form: unknown key; did you mean from?',
    '{ports: [80], comment: x}': 'a.yaml:6:23  namespaces[0].rules[0].comment: unknown key; known are name, pods, ports, from and to',
    '{name: "a b", ports: [80]}':
      'a.yaml:6:16  namespaces[0].rules[0].name: "a b" is no name of a rule; use up to 63 letters, digits, "-", "_" and ".", such as api-metrics',
    '80/TCP': 'a.yaml:6:9  namespaces[0].rules[0]: must be a map with name, pods, ports, from and to, not the text "80/TCP"',
  };
  it.each(Object.entries(table))('%s', (written, issue) => {
    expect(issuesOf(ruleOf(written))).toEqual([issue]);
  });

  it('has a name that another rule of the namespace has', () => {
    expect(issuesOf(shopOf('    rules: [{name: api, ports: [80]}, {name: api, ports: [81]}]\n'))).toEqual([
      'a.yaml:5:46  namespaces[0].rules[1].name: a rule of this namespace is already named "api" at a.yaml:5',
    ]);
  });
});

describe('a selector that the API would refuse', () => {
  const table: Record<string, string> = {
    '{app: 1}': 'pods.app: 1 is a number to kubectl; write "1" in quotes',
    '{app: yes}': 'pods.app: yes is true to kubectl; write "yes" in quotes',
    '{"a b": x}': 'pods.a b: "a b" is no key of a label (an optional DNS name and "/", then up to 63 letters, digits, "-", "_" and ".")',
    '{app: "-x"}': 'pods.app: "-x" is no value of a label (up to 63 letters, digits, "-", "_" and ".", a letter or digit at both ends)',
    '{matchLabels: {a: b}, app: api}':
      'pods.matchLabels: a label has one text as its value; a full selector has matchLabels and matchExpressions only',
    '[app]': 'pods: must be a map of labels like {app: api}, not a list',
    '{matchExpressions: [{key: a, operator: in, values: [b]}]}': 'pods.matchExpressions[0].operator: "in" is no operator; did you mean In?',
    '{matchExpressions: [{key: a, operator: In}]}': 'pods.matchExpressions[0]: In needs values; list at least one',
    '{matchExpressions: [{key: a, operator: NotIn, values: []}]}': 'pods.matchExpressions[0]: NotIn needs values; list at least one',
    '{matchExpressions: [{key: a, operator: Exists, values: [x]}]}':
      'pods.matchExpressions[0]: Exists takes no values; remove them, or write In',
    '{matchExpressions: [{operator: Exists}]}': 'pods.matchExpressions[0]: key is missing; name the label',
    '{matchExpressions: [{key: a}]}': 'pods.matchExpressions[0]: operator is missing; write In, NotIn, Exists or DoesNotExist',
    '{matchExpressions: [{key: a, operator: In, values: [5]}]}':
      'pods.matchExpressions[0].values[0]: 5 is a number to kubectl; write "5" in quotes',
  };
  it.each(Object.entries(table))('%s', (written, message) => {
    const issues = issuesOf(ruleOf(`{ports: [80], pods: ${written}}`));
    expect(issues.map((issue) => issue.replace(/^\S+\s+namespaces\[0\]\.rules\[0\]\./, ''))).toEqual([message]);
  });
});

describe('a peer that says nothing, or two things', () => {
  const table: Record<string, string> = {
    '{}': 'an empty peer; write {pods: {}} for every pod of this namespace, or {cidr: 0.0.0.0/0} for every IPv4 address',
    '{pods: {a: b}, cidr: 10.0.0.0/8}': 'pods and cidr stand in one peer; write two peers',
    '{apiServer: true, namespace: web}': 'namespace and apiServer stand in one peer; write two peers',
    '{except: [10.0.0.0/8]}': 'except stands without cidr; write the cidr that it is taken from',
    '{cidr: 10.0.0.1/8}': '.cidr: "10.0.0.1/8" has host bits set; write 10.0.0.0/8, or 10.0.0.1/32 for the one address',
    '{cidr: 10.0.0.1}': '.cidr: "10.0.0.1" has no prefix length; write 10.0.0.1/32 for this one address',
    '{cidr: 10.0.0.0/8, except: [11.0.0.0/16]}': '.except: 11.0.0.0/16 is not inside of 10.0.0.0/8',
    '{cidr: 10.0.0.0/8, except: [10.0.0.0/8]}': '.except: 10.0.0.0/8 is the whole cidr; remove the peer, or except a smaller block',
    '{apiServer: false}': '.apiServer: apiServer is true or absent; remove this peer',
    '{apiServer: "true"}': '.apiServer: "true" is a text; write true without quotes',
    '{namespace: "*"}':
      '.namespace: "*" would be every namespace; name a prefix like pr-*, or say with unlisted what holds for the namespaces not listed',
    '{name: web}': '.name: unknown key; known are namespace, pods, cidr, except and apiServer',
    web: 'must be a map with namespace, pods, cidr, except and apiServer, not the text "web"',
  };
  it.each(Object.entries(table))('%s', (written, message) => {
    const issues = issuesOf(ruleOf(`{ports: [80], from: [${written}]}`));
    expect(issues.map((issue) => issue.replace(/^\S+\s+namespaces\[0\]\.rules\[0\]\.from\[0\](: )?/, ''))).toEqual([message]);
  });
});

describe('a namespace or a document that cannot be right', () => {
  const table: Record<string, { text: string; issues: string[] }> = {
    'a namespace twice in one document names both places': {
      text: documentOf('namespaces:\n  - name: shop\n  - rules: []\n    name: shop\n'),
      issues: ['a.yaml:6:11  namespaces[1].name: "shop" is already described at a.yaml:4; put the rules there'],
    },
    'a namespace without a name': {
      text: documentOf('namespaces: [{mode: off}]\n'),
      issues: ['a.yaml:3:14  namespaces[0]: name is missing; write the name of the namespace, or a prefix like pr-*'],
    },
    'a name that the API would refuse': {
      text: documentOf('namespaces: [{name: My_Shop}]\n'),
      issues: [
        'a.yaml:3:21  namespaces[0].name: "My_Shop" is no name of a namespace (up to 63 lower-case letters, digits and "-", a letter or digit at both ends); did you mean my-shop?',
      ],
    },
    'a pattern with a star in the middle': {
      text: documentOf('exempt: [pr-*-x]\n'),
      issues: [
        'a.yaml:3:10  exempt[0]: "pr-*-x" is no pattern; it has one star, at its end, behind lower-case letters, digits and "-": pr-*',
      ],
    },
    'a name that YAML reads as a number': {
      text: documentOf('exempt: [007]\n'),
      issues: ['a.yaml:3:10  exempt[0]: 007 is 7 to kubectl; write "007" in quotes'],
    },
    'a quoted boolean': {
      text: shopOf('    hostNetwork: "true"\n'),
      issues: ['a.yaml:5:18  namespaces[0].hostNetwork: "true" is a text; write true without quotes'],
    },
    'a word that is a boolean to some readers': {
      text: shopOf('    hostNetwork: yes\n'),
      issues: ['a.yaml:5:18  namespaces[0].hostNetwork: yes is true to kubectl and a text to other readers; write true'],
    },
    'a letter that is a boolean to some readers': {
      text: ruleOf('{ports: [80], from: [{apiServer: Y}]}'),
      issues: ['a.yaml:6:42  namespaces[0].rules[0].from[0].apiServer: Y is true to kubectl and a text to other readers; write true'],
    },
    'a word that is nearly right': {
      text: documentOf('mode: enforced\nunlisted: of\n'),
      issues: [
        'a.yaml:3:7  mode: "enforced" is no mode; did you mean enforce?',
        'a.yaml:4:11  unlisted: "of" is no value of unlisted; did you mean off?',
      ],
    },
    'the word false is not the word off': {
      text: documentOf('mode: false\n'),
      issues: ['a.yaml:3:7  mode: "false" is no mode; write enforce, audit or off'],
    },
    'mode enforce that leaves unlisted unsaid': {
      text: documentOf('mode: enforce\n'),
      issues: ['a.yaml:3:7  mode is enforce, so say what holds for namespaces not listed; write unlisted: audit (or enforce, off, deny)'],
    },
    'another kind of document': {
      text: 'apiVersion: v1\nkind: ConfigMap\ndata: {}\n',
      issues: ['a.yaml:2:7  kind: "ConfigMap" of v1 is no template; one has apiVersion: portcullis.dev/v1alpha1 and kind: PortTemplate'],
    },
    'another version of the template': {
      text: 'apiVersion: portcullis.dev/v9\nkind: PortTemplate\n',
      issues: ['a.yaml:1:13  apiVersion: "portcullis.dev/v9" is no apiVersion; write portcullis.dev/v1alpha1'],
    },
    'a kind that is nearly right': {
      text: 'apiVersion: v1\nkind: PortTemplates\n',
      issues: [
        'a.yaml:1:13  apiVersion: "v1" is no apiVersion; write portcullis.dev/v1alpha1',
        'a.yaml:2:7  kind: "PortTemplates" is no kind; did you mean PortTemplate?',
      ],
    },
    'no apiVersion and no kind': {
      text: 'mode: audit\n',
      issues: [
        'a.yaml:1:1  apiVersion is missing; write apiVersion: portcullis.dev/v1alpha1',
        'a.yaml:1:1  kind is missing; write kind: PortTemplate',
      ],
    },
    'DNS without ports or namespace': {
      text: documentOf('defaults: {dns: {pods: {a: b}}}\n'),
      issues: [
        'a.yaml:3:17  defaults.dns: ports are missing; write ports: [53/UDP, 53/TCP]',
        'a.yaml:3:18  defaults.dns.pods: namespace is missing; name the namespace of the DNS pods',
      ],
    },
    'DNS that is on': {
      text: documentOf('defaults: {dns: on}\n'),
      issues: [
        'a.yaml:3:17  defaults.dns: must be off, or a map like {namespace: kube-system, pods: {k8s-app: kube-dns}, ports: [53/UDP, 53/TCP]}',
      ],
    },
    'a duplicate key': {
      text: documentOf('mode: off\nmode: audit\n'),
      issues: ['a.yaml:4:1  mode: duplicate key "mode": it is already written at a.yaml:3'],
    },
    'all mistakes are told at once, from top to bottom': {
      text: shopOf('    rules: [{ports: [0], form: [x]}, {name: api}]\n    mod: audit\n'),
      issues: [
        'a.yaml:5:22  namespaces[0].rules[0].ports[0]: 0 is no port; ports go from 1 to 65535',
        'a.yaml:5:26  namespaces[0].rules[0].form: unknown key; did you mean from?',
        'a.yaml:5:38  namespaces[0].rules[1]: ports are missing; list them, or write ports: [] for a rule that keeps the pods closed',
        'a.yaml:6:5  namespaces[0].mod: unknown key; did you mean mode?',
      ],
    },
  };
  it.each(Object.entries(table))('%s', (_sentence, { text, issues }) => {
    expect(issuesOf(text)).toEqual(issues);
  });
});

describe('templates that are right', () => {
  it.each(['test/fixtures/template.yaml', 'demo/template.yaml'])('%s', (path) => {
    expect(issuesOf(readFileSync(path, 'utf8'))).toEqual([]);
  });

  it.each([
    'mode: off\nunlisted: off\ndefaults: {dns: off, egress: open}\n',
    'mode: "off"\ndefaults: {dns: {cidr: 10.96.0.10/32, ports: [53/UDP]}}\n',
    'namespaces: []\nexempt: [kube-system, pr-*]\n',
    'namespaces: [{name: pr-*, rules: [{ports: ["443", 80/SCTP], from: [{pods: {}}]}]}]\n',
  ])('%j', (lines) => {
    expect(issuesOf(documentOf(lines))).toEqual([]);
  });
});
