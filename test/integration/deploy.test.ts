import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { servedNames } from '../../src/adapters/certs/names.ts';
import { readDocuments, TEMPLATE_LIMITS } from '../../src/adapters/yaml/read.ts';
import { readGroup } from '../../src/app/template-state.ts';

const DEPLOY = new URL('../../deploy/', import.meta.url);

// biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds; a wrong path fails the test that reads it
type Manifest = Record<string, any>;

const read = (path: string): Manifest => load(readFileSync(new URL(path, DEPLOY), 'utf8')) as Manifest;
const base: readonly string[] = read('base/kustomization.yaml').resources;
const manifests = new Map(base.map((file) => [file, read(`base/${file}`)]));
const ofKind = (kind: string) => [...manifests.values()].filter((manifest) => manifest.kind === kind);
const named = (kind: string, name: string): Manifest => ofKind(kind).find(({ metadata }) => metadata.name === name) ?? {};
const hooksOf = (kind: string): Manifest[] => ofKind(kind).flatMap(({ webhooks }) => webhooks);
const validating = hooksOf('ValidatingWebhookConfiguration');
const mutating = hooksOf('MutatingWebhookConfiguration');
const hooks = [...validating, ...mutating];
const expectedOf = (folder: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/cases/${folder}/expected.json`, import.meta.url), 'utf8')).webhookConfiguration;

/** The rules of an entry as `OPERATIONS group/resource`. */
const rulesOf = ({ rules }: Manifest): string[] =>
  rules.flatMap(({ apiGroups, resources, operations }: Manifest) =>
    resources.map((resource: string) => `${operations.join(' ')} ${apiGroups[0]}/${resource}`),
  );

describe('the files', () => {
  it('of the base are all listed, and hold one object each', () => {
    const files = readdirSync(new URL('base/', DEPLOY)).filter((file) => file !== 'kustomization.yaml');
    expect([...base].sort()).toEqual(files.sort());
    for (const [file, { kind, metadata }] of manifests)
      expect([kind, metadata?.name], file).toEqual([expect.any(String), expect.any(String)]);
  });

  it('name objects of their own namespace, or say where else', () => {
    const namespaces = [...manifests].flatMap(([file, { metadata }]) =>
      metadata.namespace === undefined ? [] : [[file, metadata.namespace]],
    );
    const elsewhere = namespaces
      .filter(([, namespace]) => namespace !== 'portcullis-system')
      .map(([file, namespace]) => `${namespace}: ${file}`);
    expect(elsewhere.sort()).toEqual([
      'default: role-api-server-addresses.yaml',
      'default: role-binding-api-server-addresses.yaml',
      'portcullis-agent: daemon-set-agent.yaml',
      'portcullis-agent: network-policy-agent.yaml',
      'portcullis-agent: role-binding-controller-agent.yaml',
      'portcullis-agent: role-controller-agent.yaml',
      'portcullis-agent: service-account-agent.yaml',
    ]);
  });
});

describe('the webhook entries', () => {
  it('ask for what the gate decides on, and nothing else', () => {
    expect(Object.fromEntries(hooks.map((hook) => [hook.name, rulesOf(hook)]))).toEqual({
      'validate.portcullis.dev': [
        'CREATE UPDATE apps/deployments',
        'CREATE UPDATE apps/replicasets',
        'CREATE UPDATE apps/statefulsets',
        'CREATE UPDATE apps/daemonsets',
        'CREATE UPDATE batch/jobs',
        'CREATE UPDATE batch/cronjobs',
        'CREATE UPDATE /replicationcontrollers',
      ],
      'pods.validate.portcullis.dev': [
        'CREATE UPDATE /pods',
        'UPDATE /pods/ephemeralcontainers',
        'UPDATE /pods/status',
        'CREATE /pods/binding',
        'CREATE /bindings',
      ],
      'namespaces.validate.portcullis.dev': ['CREATE UPDATE /namespaces', 'UPDATE /namespaces/status', 'UPDATE /namespaces/finalize'],
      'template.validate.portcullis.dev': ['CREATE UPDATE DELETE /configmaps'],
      'policies.validate.portcullis.dev': ['CREATE UPDATE DELETE networking.k8s.io/networkpolicies'],
      'tenant-policies.validate.portcullis.dev': ['CREATE UPDATE networking.k8s.io/networkpolicies'],
      'pods.mutate.portcullis.dev': ['CREATE /pods'],
      'namespaces.mutate.portcullis.dev': ['CREATE /namespaces'],
    });
  });

  it.each(hooks.map((hook) => [hook.name, hook] as const))('%s: cannot hold up or lock out the cluster', (name, hook) => {
    expect(hook).toMatchObject({
      failurePolicy: 'Ignore',
      sideEffects: 'None',
      matchPolicy: 'Equivalent',
      timeoutSeconds: name.includes('mutate') ? 2 : 3,
      admissionReviewVersions: ['v1'],
    });
    expect(hook.objectSelector).toBeUndefined();
    expect(hook.matchConditions[0].expression).toMatch(
      /namespace-controller.*generic-garbage-collector.*portcullis-system:portcullis-controller/s,
    );
  });

  it('leave out the namespaces of the cluster and our own by the name that nobody can forge (case 15)', () => {
    const { key } = expectedOf('15-own-and-system-namespaces').namespaceSelectorExcludes;
    const own = {
      key,
      operator: 'NotIn',
      values: ['portcullis-system', 'portcullis-agent', 'kube-system', 'kube-node-lease', 'kube-public'],
    };
    const open = { key: 'portcullis.dev/gate', operator: 'NotIn', values: ['open'] };
    const selectors = Object.fromEntries(hooks.map((hook) => [hook.name, hook.namespaceSelector.matchExpressions]));
    const usual = hooks.map(({ name }) => [name, [own]]);
    expect(selectors).toEqual({
      ...Object.fromEntries(usual),
      'template.validate.portcullis.dev': [{ key, operator: 'In', values: ['portcullis-system'] }],
      'pods.mutate.portcullis.dev': [own, open],
    });
  });

  it('declare side effects that let a dry run pass (case 14)', () => {
    const fine: readonly string[] = expectedOf('14-dry-run').sideEffects;
    expect(hooks.filter(({ sideEffects }) => !fine.includes(sideEffects))).toEqual([]);
  });

  it('call a Service that leads to the webhook, by a name that its certificate bears', () => {
    const { name, namespace } = named('Service', 'portcullis-webhook').metadata;
    for (const hook of validating) expect(hook.clientConfig.service, hook.name).toEqual({ name, namespace, path: '/validate' });
    for (const hook of mutating) expect(hook.clientConfig.service, hook.name).toEqual({ name, namespace, path: '/mutate' });
    expect(servedNames(name, namespace).dns).toContain('portcullis-webhook.portcullis-system.svc');
  });
});

describe('the workloads', () => {
  const deployments = ofKind('Deployment');

  it.each(deployments.map((deployment) => [deployment.metadata.name, deployment] as const))(
    '%s: run without privileges, as the restricted namespace demands',
    (_, { spec }) => {
      const { securityContext, containers } = spec.template.spec;
      expect(securityContext).toEqual({
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources).toMatchObject({ requests: { cpu: expect.anything(), memory: expect.anything() } });
        expect(container.resources.limits.cpu).toBeUndefined();
      }
    },
  );

  it.each(deployments.map((deployment) => [deployment.metadata.name, deployment] as const))(
    '%s: is selected by its labels and runs as its own account',
    (_, { spec }) => {
      expect(spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
      expect(named('ServiceAccount', spec.template.spec.serviceAccountName).metadata?.namespace).toBe('portcullis-system');
    },
  );

  it('there are two controllers, apart where they can be, of which one leads', () => {
    const { spec } = named('Deployment', 'portcullis-controller');
    const [{ podAffinityTerm }] = spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
    expect([spec.replicas, spec.strategy]).toEqual([2, undefined]);
    expect(podAffinityTerm).toEqual({
      topologyKey: 'kubernetes.io/hostname',
      labelSelector: { matchLabels: spec.template.metadata.labels },
    });
  });

  it('the webhook has three replicas behind Service and disruption budget, probed on the real TLS port', () => {
    const { spec } = named('Deployment', 'portcullis-webhook');
    const { labels } = spec.template.metadata;
    const [container] = spec.template.spec.containers;
    const [{ podAffinityTerm }] = spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
    expect(spec.replicas).toBe(3);
    expect(podAffinityTerm).toEqual({ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } });
    expect(named('Service', 'portcullis-webhook').spec.selector).toEqual(labels);
    expect(named('PodDisruptionBudget', 'portcullis-webhook').spec).toEqual({ maxUnavailable: 1, selector: { matchLabels: labels } });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'https', scheme: 'HTTPS' });
    expect(container.ports.map((port: Manifest) => port.name)).toContain(named('Service', 'portcullis-webhook').spec.ports[0].targetPort);
  });

  it('the webhook may take longer to end than it serves on', () => {
    expect(named('Deployment', 'portcullis-webhook').spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(10 + 5 + 3);
  });
});

describe('the agent', () => {
  const { metadata, spec } = named('DaemonSet', 'portcullis-agent');
  const pod = spec.template.spec;
  const [container] = pod.containers;
  const policy = named('NetworkPolicy', 'portcullis-agent');

  it('sees the processes of its node, as nobody, with no capability and no way to the API server', () => {
    expect([pod.hostPID, pod.hostNetwork, pod.automountServiceAccountToken]).toEqual([true, undefined, false]);
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65534,
      runAsGroup: 65534,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const bound = [...ofKind('ClusterRoleBinding'), ...ofKind('RoleBinding')].flatMap(({ subjects }) => subjects);
    expect(bound.filter(({ name }: Manifest) => name === pod.serviceAccountName)).toEqual([]);
  });

  it('has a namespace of its own, so that gate and controller stay in a restricted one', () => {
    const level = (name: string) => named('Namespace', name).metadata.labels['pod-security.kubernetes.io/enforce'];
    expect([metadata.namespace, level('portcullis-agent'), level('portcullis-system')]).toEqual([
      'portcullis-agent',
      'privileged',
      'restricted',
    ]);
  });

  it('runs on every node, whatever taints it has', () => {
    expect(pod.tolerations).toEqual([{ operator: 'Exists' }]);
    expect(spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
  });

  it('is reached by the controller alone, at all of its ports but the canary that must not answer', () => {
    const ports = Object.fromEntries(container.ports.map((port: Manifest) => [port.name, port.containerPort]));
    expect(policy.spec).toEqual({
      podSelector: { matchLabels: spec.selector.matchLabels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'portcullis-system' } },
              podSelector: { matchLabels: named('Deployment', 'portcullis-controller').spec.template.metadata.labels },
            },
          ],
          ports: [
            { protocol: 'TCP', port: ports.https },
            { protocol: 'TCP', port: ports['canary-allowed'] },
          ],
        },
      ],
    });
    expect(Object.keys(ports).sort()).toEqual(['canary-allowed', 'canary-denied', 'health', 'https']);
  });
});

describe('the rights', () => {
  const roles = [...ofKind('ClusterRole'), ...ofKind('Role')];
  const rules: [string, Manifest][] = roles.flatMap(({ metadata, rules }) => rules.map((rule: Manifest) => [metadata.name, rule]));

  it('are never all of something, and never reach for the rights of others', () => {
    const words = rules.flatMap(([, { apiGroups, resources, verbs }]) => [...apiGroups, ...resources, ...verbs]);
    expect(words.filter((word) => word === '*' || /^(escalate|bind|impersonate|deletecollection)$/.test(word))).toEqual([]);
  });

  it('of the webhook change nothing but the certificates', () => {
    const writing = rules.filter(([name, { verbs }]) => name === 'portcullis-webhook' && verbs.some(isWrite));
    expect(writing.map(([, { resources, resourceNames, verbs }]) => ({ resources, resourceNames, verbs }))).toEqual([
      { resources: ['secrets'], resourceNames: ['portcullis-certificates'], verbs: ['get', 'update'] },
      { resources: ['secrets'], resourceNames: undefined, verbs: ['create'] },
    ]);
  });

  it('on webhook configurations are for our own two, and not to make or remove them', () => {
    const own = rules.filter(([, { apiGroups }]) => apiGroups.includes('admissionregistration.k8s.io'));
    expect(own).toMatchObject([['portcullis-controller', { resourceNames: ['portcullis'], verbs: ['get', 'list', 'watch', 'patch'] }]]);
  });

  it('on Secrets reach no further than our own namespace', () => {
    const clusterWide = ofKind('ClusterRole').flatMap((role) => role.rules);
    expect(clusterWide.filter(({ resources }: Manifest) => resources.includes('secrets'))).toEqual([]);
  });

  it.each([...ofKind('ClusterRoleBinding'), ...ofKind('RoleBinding')].map((binding) => [binding.metadata.name, binding] as const))(
    'are bound: %s',
    (_, { roleRef, subjects }) => {
      expect(named(roleRef.kind, roleRef.name).rules?.length).toBeGreaterThan(0);
      for (const { kind, name } of subjects) expect(named(kind, name).kind).toBe('ServiceAccount');
    },
  );
});

function isWrite(verb: string): boolean {
  return !['get', 'list', 'watch'].includes(verb);
}

describe('the template', () => {
  it.each([
    ['base/config-map-template.yaml', 'audit'],
    ['overlays/enforce/template-enforce.yaml', 'enforce'],
  ])('of %s is accepted, and its mode is %s', (file, mode) => {
    const { data } = read(file);
    const documents = Object.entries(data).map(([key, text]) => ({ document: key, text: String(text) }));
    const group = readGroup({ name: file, documents }, (source) => readDocuments(source, TEMPLATE_LIMITS));
    expect(group).toMatchObject({ parts: [{ mode: { value: mode } }] });
  });
});

describe('the enforce overlay', () => {
  it('leaves failurePolicy to the program: a manifest that says Fail would lock the cluster before the gate is ready', () => {
    const files = readdirSync(new URL('overlays/enforce/', DEPLOY));
    const texts = files.map((file) => readFileSync(new URL(`overlays/enforce/${file}`, DEPLOY), 'utf8').replace(/^\s*#.*$/gm, ''));
    expect(texts.filter((text) => /failurePolicy|Webhook/.test(text))).toEqual([]);
  });
});
