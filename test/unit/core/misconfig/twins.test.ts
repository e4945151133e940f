import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MISCONFIGURATIONS, misconfigurationsOf } from '../../../../src/core/misconfigurations.ts';
import type { NamespaceEntry } from '../../../../src/core/template/model.ts';
import { manifestSet } from '../../../support/manifest-set.ts';
import { authorityOf, entry, ranges, ruleIn } from '../../../support/template.ts';

/** Manifests in which everything fits, and the same with one thing changed. */

interface AppPort {
  readonly number: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly named: boolean;
}

interface App {
  readonly name: string;
  readonly kind: string;
  readonly ports: readonly AppPort[];
  readonly headless: boolean;
}

/** How an app is written; each field is what a class looks at. */
interface Writing {
  /** Further fields of the first port of the container, of the container, of the pod. */
  readonly port?: object;
  readonly container?: object;
  readonly pod?: object;
  readonly selector?: object;
  readonly targetPort?: number | string;
  /** The port that its policy opens. */
  readonly opened?: number;
  readonly entry?: Partial<NamespaceEntry>;
  readonly more?: readonly object[];
  readonly policies?: false;
}

const apps: fc.Arbitrary<App[]> = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('front', 'api', 'database', 'cache'),
    kind: fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet'),
    headless: fc.boolean(),
    ports: fc.uniqueArray(
      fc.record({
        number: fc.integer({ min: 1024, max: 9999 }),
        protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
        named: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3, selector: ({ number }) => number },
    ),
  }),
  { minLength: 1, maxLength: 4, selector: ({ name }) => name },
);

function workload({ name, kind, ports }: App, { port = {}, container = {}, pod = {} }: Writing = {}): object {
  const declared = ports.map(({ number, protocol, named }, index) => ({
    containerPort: number,
    protocol,
    ...(named ? { name: `p${number}` } : {}),
    ...(index === 0 ? port : {}),
  }));
  const probed = ports.find(({ protocol }) => protocol === 'TCP');
  const probe = probed === undefined ? {} : { readinessProbe: { tcpSocket: { port: probed.named ? `p${probed.number}` : probed.number } } };
  const spec = { containers: [{ name: 'main', ports: declared, ...probe, ...container }], ...pod };
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'shop' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

function service({ name, ports, headless }: App, { selector = { app: name }, targetPort }: Writing): object {
  const lead = ports.map(({ number, protocol, named }, index) => ({
    name: `s${index}`,
    port: 80 + index,
    protocol,
    targetPort: targetPort ?? (named ? `p${number}` : number),
  }));
  const metadata = { name, namespace: 'shop' };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector, ports: lead, ...(headless ? { clusterIP: 'None' } : {}) } };
}

function policy({ name, ports }: App, { opened }: Writing): object {
  const opens = ports.map(({ number, protocol }, index) => ({ port: index === 0 && opened !== undefined ? opened : number, protocol }));
  const metadata = { name, namespace: 'shop' };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: { podSelector: { matchLabels: { app: name } }, ingress: [{ ports: opens }] },
  };
}

/** The codes of what is found where the first app is written so, and the others as they should be. */
function codes(all: readonly App[], writing: Writing = {}): string[] {
  const objects = all.flatMap((app, index) => {
    const own = index === 0 ? writing : {};
    return [workload(app, own), service(app, own), ...(writing.policies === false ? [] : [policy(app, own)])];
  });
  const permitted = ruleIn({ ports: ranges('1-65535', '1-65535/UDP') });
  const authority = authorityOf([entry('shop', { rules: [permitted], ...writing.entry })]);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  return misconfigurationsOf(manifestSet([namespace, ...objects, ...(writing.more ?? [])], authority)).map(({ code }) => code);
}

/** For each class, how the first app is written wrong. */
const WRONG: Record<string, (app: App) => Writing> = {
  'host-network': () => ({ pod: { hostNetwork: true }, entry: { hostNetwork: true } }),
  'host-port': () => ({ port: { hostPort: 80 }, entry: { hostPorts: ranges('80', '80/UDP') } }),
  'service-without-workload': ({ name }) => ({ selector: { app: `${name}-of-another-repository` } }),
  'service-target-undeclared': () => ({ targetPort: 9 }),
  'service-target-unknown': () => ({ targetPort: 'nowhere' }),
  'service-selects-several': (app) => ({ more: [labeled(app)] }),
  'labels-collide': (app) => ({ more: [labeled(app)] }),
  'probe-undeclared': () => ({ container: { livenessProbe: { httpGet: { port: 9 } } } }),
  'probe-unknown': () => ({ container: { livenessProbe: { httpGet: { port: 'nowhere' } } } }),
  'namespace-without-policy': () => ({ policies: false, entry: { mode: 'audit' } }),
  'policy-names-service-port': () => ({ opened: 80 }),
  'policy-widens': () => ({ entry: { rules: [] } }),
};

/** Another workload that the selectors of the app select as well, and that declares no port. */
function labeled(app: App): object {
  const labels = { app: app.name, part: 'worker' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${app.name}-worker`, namespace: 'shop' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'main' }] } } },
  };
}

describe('for any manifests in which everything fits', () => {
  it('nothing is found: the corrected twin of whatever is found below', () => {
    fc.assert(
      fc.property(apps, (all) => {
        expect(codes(all)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('covers every class', () => {
    expect(Object.keys(WRONG).sort()).toEqual(MISCONFIGURATIONS.map(({ code }) => code).sort());
  });

  it.each(Object.entries(WRONG))('%s is found where that is written wrong', (code, wrong) => {
    // The clients of a headless Service go to the ports of the pods, so that no policy can mean its port.
    const fitting = code === 'policy-names-service-port' ? apps.map((all) => all.map((app) => ({ ...app, headless: false }))) : apps;
    fc.assert(
      fc.property(fitting, (all) => {
        const [first] = all;
        expect(first === undefined ? [] : codes(all, wrong(first))).toContain(code);
      }),
      { numRuns: 25 },
    );
  });
});
