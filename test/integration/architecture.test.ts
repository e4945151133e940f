import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRecord } from '../../src/core/unknown.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const CONFIG = '.dependency-cruiser.cjs';

/** Files that break one rule each: what they import, and the rule that must say so. */
const FAULTS: readonly (readonly [string, { readonly file: string; readonly imports: string; readonly rule: string }])[] = [
  ['core reads files', { file: 'src/core/fault-io.ts', imports: 'node:fs', rule: 'core-is-pure' }],
  ['core knows an adapter', { file: 'src/core/fault-adapter.ts', imports: '../adapters/log/log.ts', rule: 'core-is-pure' }],
  ['core knows a library', { file: 'src/core/fault-library.ts', imports: 'ajv', rule: 'core-is-pure' }],
  ['the interfaces know a use case', { file: 'src/ports.ts', imports: './app/in-turn.ts', rule: 'ports-know-core-only' }],
  [
    'a use case knows an adapter',
    { file: 'src/app/fault-adapter.ts', imports: '../adapters/log/log.ts', rule: 'app-knows-core-and-ports' },
  ],
  ['a use case does I/O', { file: 'src/app/fault-io.ts', imports: 'node:net', rule: 'app-knows-core-and-ports' }],
  [
    'an adapter knows another one',
    { file: 'src/adapters/log/fault-other.ts', imports: '../metrics/metrics.ts', rule: 'adapters-know-core-and-ports' },
  ],
  [
    'an adapter knows a use case',
    { file: 'src/adapters/log/fault-app.ts', imports: '../../app/in-turn.ts', rule: 'adapters-know-core-and-ports' },
  ],
  ['a command knows the entry', { file: 'src/cli/fault-entry.ts', imports: '../main.ts', rule: 'nothing-knows-the-entry' }],
  ['two files know each other', { file: 'src/cli/fault-one.ts', imports: './fault-two.ts', rule: 'no-cycles' }],
  ['the client library elsewhere', { file: 'src/cli/fault-kube.ts', imports: '@kubernetes/client-node', rule: 'one-adapter-per-library' }],
  ['ws outside of kube', { file: 'src/cli/fault-websocket.ts', imports: 'ws', rule: 'websockets-in-kube' }],
  ['hpagent outside of kube', { file: 'src/cli/fault-proxy.ts', imports: 'hpagent', rule: 'proxies-in-kube' }],
  ['Graphviz outside of its adapter', { file: 'src/cli/fault-graphviz.ts', imports: '@viz-js/viz', rule: 'graphviz-in-graphviz' }],
  ['fastify outside of http', { file: 'src/adapters/log/fault-fastify.ts', imports: 'fastify', rule: 'fastify-in-http' }],
  ['js-yaml outside of yaml', { file: 'src/cli/fault-yaml.ts', imports: 'js-yaml', rule: 'yaml-in-yaml' }],
  ['node-forge outside of certs', { file: 'src/cli/fault-forge.ts', imports: 'node-forge', rule: 'forge-in-certs' }],
  ['the XML parser outside of scan', { file: 'src/cli/fault-xml.ts', imports: 'fast-xml-parser', rule: 'xml-in-scan' }],
  ['prom-client outside of metrics', { file: 'src/cli/fault-metrics.ts', imports: 'prom-client', rule: 'metrics-in-metrics' }],
  ['pino outside of log', { file: 'src/cli/fault-log.ts', imports: 'pino', rule: 'log-in-log' }],
  ['commander in an adapter', { file: 'src/adapters/log/fault-line.ts', imports: 'commander', rule: 'commander-in-cli' }],
];

/** The other half of the cycle, which is reported once. */
const OTHER_HALF = { file: 'src/cli/fault-two.ts', imports: './fault-one.ts' };

interface Cruised {
  readonly modules: number;
  /** `rule: file that breaks it`. */
  readonly violations: readonly string[];
}

/** A copy of src with every fault, cruised with the configuration of the project. */
function cruiseWithFaults(folder: string): Cruised {
  for (const path of ['src', CONFIG, 'tsconfig.json', 'package.json']) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, imports } of [...FAULTS.map(([, fault]) => fault), OTHER_HALF])
    writeFileSync(join(folder, file), `\nimport '${imports}';\n`, { flag: 'a' });
  const cruiser = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [cruiser, 'src', '--config', CONFIG, '--output-type', 'json'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (stdout === '') throw new Error(`nothing was cruised: ${stderr}`);
  const summary = asRecord(asRecord(JSON.parse(stdout)).summary);
  const violations = Array.isArray(summary.violations) ? summary.violations.map(asRecord) : [];
  return {
    modules: Number(summary.totalCruised),
    violations: violations.map(({ rule, from }) => `${asRecord(rule).name}: ${from}`),
  };
}

const configuredRules = (): unknown[] => {
  const { forbidden } = asRecord(createRequire(import.meta.url)(join(ROOT, CONFIG)));
  return Array.isArray(forbidden) ? forbidden.map((rule) => asRecord(rule).name) : [];
};

describe('the check of the architecture', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-architecture-'));
  let cruised: Cruised = { modules: 0, violations: [] };
  beforeAll(() => {
    cruised = cruiseWithFaults(folder);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(FAULTS)('sees that %s', (_, { file, rule }) => {
    expect(cruised.violations).toContain(`${rule}: ${file}`);
  });

  it('sees nothing but the faults: the tree is clean without them', () => {
    const seeded = FAULTS.map(([, { file, rule }]) => `${rule}: ${file}`);
    expect(cruised.violations.filter((violation) => !seeded.includes(violation))).toEqual([]);
  });

  it('looks at every module, and proves every rule of the configuration', () => {
    expect(cruised.modules).toBeGreaterThan(FAULTS.length);
    expect([...new Set(FAULTS.map(([, { rule }]) => rule))].sort()).toEqual(configuredRules().sort());
  });
});
