import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { PodScan } from '../../../src/app/scan.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { openPortTable, wideTable } from '../../../src/cli/finding-table.ts';
import { plainIo } from '../../../src/cli/plain-io.ts';
import { plainPolicyTable } from '../../../src/cli/policy-table.ts';
import { runCli } from '../../../src/cli/program.ts';
import { scanSummary } from '../../../src/cli/scan-summary.ts';
import type { PodState } from '../../../src/core/cluster-state.ts';
import type { NetworkPolicy } from '../../../src/core/network-policy.ts';
import { withFiles } from '../../support/cli.ts';
import { exposed } from '../../support/findings.ts';
import { recordingIo } from '../../support/recording-io.ts';

/** What a name could carry to clear the screen, set the title, turn text around, hide, or begin a line of its own. */
const HOSTILE = 'api\u001b[2J\u001b]0;x\u0007\u009b31m\u202e\u200b\u2066\r\nFORGED line\u2028FORGED too';

/** Line breaks are ours; anything else of the kind came from the outside, and so did a line that begins with the word. */
function expectPlain(printed: string): void {
  expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u);
  expect(printed.split('\n').filter((line) => line.trimStart().startsWith('FORGED'))).toEqual([]);
}

const TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: enforce
namespaces: [{name: shop, rules: [{name: api, pods: {app: api}, ports: [80]}]}]
`;

const metadata = { name: HOSTILE, namespace: 'shop', labels: { app: HOSTILE, [HOSTILE]: HOSTILE }, annotations: { [HOSTILE]: HOSTILE } };
const containers = [{ name: HOSTILE, image: HOSTILE, ports: [{ name: HOSTILE, containerPort: 8080, hostPort: 8081 }] }];
const probe = { httpGet: { port: HOSTILE, path: HOSTILE } };
const MANIFESTS = {
  'api.json': { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } },
  'faulty.json': {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: HOSTILE, ports: [{ containerPort: HOSTILE }] }] },
  },
  'deployment.json': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, namespace: HOSTILE },
    spec: { template: { metadata, spec: { containers: [{ ...containers[0], livenessProbe: probe }], hostNetwork: true } } },
  },
  'service.json': {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector: { app: HOSTILE }, ports: [{ name: HOSTILE, port: 80, targetPort: HOSTILE }] },
  },
  'policy.json': {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: {
      podSelector: { matchLabels: { app: HOSTILE } },
      ingress: [{ from: [{ podSelector: { matchLabels: { [HOSTILE]: HOSTILE } } }] }],
    },
  },
  'unknown.json': { apiVersion: HOSTILE, kind: HOSTILE, metadata },
};

/** Also names that YAML writes raw, and mistakes that quote what is there. */
const BAD_TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
${JSON.stringify(HOSTILE)}: 1
mode: ${JSON.stringify(HOSTILE)}
namespaces: [{name: ${JSON.stringify(HOSTILE)}, rules: [{name: ${JSON.stringify(HOSTILE)}, ports: [${JSON.stringify(HOSTILE)}]}]}]
`;

const FILES = {
  'template.yaml': TEMPLATE,
  'bad.yaml': BAD_TEMPLATE,
  'other.yaml': TEMPLATE.replace('[80]', '[81]'),
  ...Object.fromEntries(Object.entries(MANIFESTS).map(([name, object]) => [`manifests/${name}`, JSON.stringify(object)])),
};

describe('hostile names in files reach no terminal and forge no line', () => {
  it.each([
    [['check', '--template', 'template.yaml', 'manifests/']],
    [['check', '--template', 'template.yaml', 'manifests/', '-o', 'github']],
    [['check', '--template', 'template.yaml', 'manifests/', '-o', 'json']],
    [['check', '--template', 'template.yaml', 'manifests/', '-o', 'sarif']],
    [['check', '--template', 'bad.yaml', 'manifests/']],
    [['learn', 'manifests/']],
    [['preview', '--template', 'other.yaml', '--current', 'template.yaml', '--manifests', 'manifests/']],
    [['explain', `shop/${HOSTILE}`, '--template', 'template.yaml', '--manifests', 'manifests/']],
    [['explain', HOSTILE, '--template', 'template.yaml', '--manifests', 'manifests/']],
    [['explain', 'shop/api', 'shop/db:80', '--template', 'template.yaml', '--manifests', 'manifests/']],
    [['template', 'validate', 'bad.yaml']],
    [['template', 'show', 'bad.yaml']],
    [['generate', '--template', 'bad.yaml']],
    [['generate', '--template', 'template.yaml', HOSTILE]],
    [['scan', '--engine', HOSTILE]],
  ])('portcullis %j', { timeout: 240_000 }, async (words) => {
    await withFiles(FILES, async (folder) => {
      const argv = words.map((word) => (/^(template|bad|other)\.yaml$|^manifests\/$/.test(word) ? `${folder}/${word}` : word));
      const io = { ...recordingIo(), columns: 120 };
      await runCli(argv, plainIo(io), COMMANDS);
      expect(io.printed.out + io.printed.err).not.toBe('');
      expectPlain(io.printed.out);
      expectPlain(io.printed.err);
    });
  });
});

describe('hostile names in a cluster reach no terminal and forge no line', () => {
  const io = recordingIo();
  const pod: PodState = {
    ...{ namespace: HOSTILE, name: HOSTILE, uid: HOSTILE, labels: {}, phase: HOSTILE, nodeName: HOSTILE, addresses: [HOSTILE] },
    ...{ deleting: false, hostNetwork: false, schedulingGates: [], restarts: 0, running: true, object: {} },
  };
  const unseen = { known: false, reason: HOSTILE } as const;
  const finding = exposed('8080/TCP', { process: HOSTILE, addresses: [HOSTILE], reason: HOSTILE });
  const scanned: PodScan = {
    outcome: 'scanned',
    pod,
    findings: [finding],
    gaps: [{ port: finding.port, openAt: [HOSTILE], shutAt: [HOSTILE] }],
    inside: unseen,
    outside: [{ address: HOSTILE, view: { ...unseen, engine: HOSTILE, partial: [] } }],
  };
  const policy: NetworkPolicy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: HOSTILE, namespace: HOSTILE },
    spec: { podSelector: { matchLabels: { [HOSTILE]: HOSTILE } }, policyTypes: ['Ingress'], ingress: [], egress: [] },
  };

  it.each([
    ['the table of open ports', () => openPortTable([scanned], io)],
    ['the wide table', () => wideTable([scanned], io)],
    [
      'what is said below it',
      () =>
        scanSummary(
          [scanned, { outcome: 'discarded', pod, reason: HOSTILE }],
          new Map([[HOSTILE, { state: 'not proven', reason: HOSTILE }]]),
        ),
    ],
    ['the list of policies', () => plainPolicyTable([policy], new Date())],
  ])('%s', (_, print) => {
    expectPlain(print());
  });
});

describe('whatever else is printed', () => {
  const printed = (fields: Parameters<typeof recordingIo>[0], words: string) => {
    const io = recordingIo(fields);
    plainIo(io).out(words);
    return io.printed.out;
  };

  it('goes through this in the real program', { timeout: 240_000 }, async () => {
    const main = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', 'a\u001b[2J'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [error] = await Promise.all([text(main.stderr), once(main, 'close')]);
    expect(error).toContain("unknown command 'a\\u001b[2J'");
  });

  it('drives no terminal: codes that are not ours are written out', () => {
    expect(printed({}, 'a\u001b[31mb\u009b2J\r\n\tc\u0007')).toBe('a\\u001b[31mb\\u009b2J\\u000d\n\tc\\u0007');
  });

  it('keeps the colors of this program, and no other code', () => {
    expect(printed({ color: true }, '\u001b[31mred\u001b[39m\u001b[8mhidden\u001b[2J')).toBe(
      '\u001b[31mred\u001b[39m\\u001b[8mhidden\\u001b[2J',
    );
  });

  it('shows marks that turn text around at a terminal, and leaves them to the reader of a pipe', () => {
    const io = { ...recordingIo(), columns: 80 };
    plainIo(io).out('a\u202eb\u200dc');
    expect([io.printed.out, printed({}, 'a\u202eb\u200dc')]).toEqual(['a\\u202eb\\u200dc', 'a\u202eb\u200dc']);
  });
});
