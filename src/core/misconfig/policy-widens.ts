import type { NetworkPolicy } from '../network-policy.ts';
import { wideningsOf } from '../pair/widening.ts';
import { type PolicyPair, policyPair } from '../policy-pair.ts';
import type { PolicyManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';

/**
 * Where the template lists the namespace, or enforces it: only there it says what should be open. The gate warns of the same as the policy
 * is applied.
 */
export const policyWidens: MisconfigurationClass = {
  code: 'policy-widens',
  severity: 'warning',
  summary: 'A NetworkPolicy opens what the template does not permit. Policies add up, so it defeats the pair of its namespace.',
  remedy: 'Take the rule out of the policy, or have the template permit the connection.',
  find: (set: ManifestSet): Sighting[] => {
    const facts = { namespaces: namespacesOf(set), apiServer: [] };
    const pairs = new Map<string, PolicyPair>();
    return set.policies.flatMap((manifest) => {
      const { namespace } = manifest.policy.metadata;
      const { mode, entry } = set.authority.namespace(namespace);
      if (mode === 'off' || (mode === 'audit' && entry === undefined)) return [];
      const pair = pairs.get(namespace) ?? policyPair(namespace, set.authority, facts);
      pairs.set(namespace, pair);
      return widenings(manifest, pair);
    });
  },
};

function namespacesOf(set: ManifestSet): string[] {
  const used = [...set.workloads.map(({ workload }) => workload.namespace), ...set.namespaces.map(({ namespace }) => namespace)];
  return [...new Set(used)].sort();
}

interface Part {
  readonly path: readonly (string | number)[];
  readonly spec: NetworkPolicy['spec'];
}

/** The policy is asked about part by part, so that each widening has its place. */
function widenings(manifest: PolicyManifest, pair: PolicyPair): Sighting[] {
  const { policy } = manifest;
  const told = new Set<string>();
  return partsOf(policy).flatMap(({ path, spec }) =>
    wideningsOf({ ...policy, spec }, pair).flatMap((phrase): Sighting[] => {
      if (told.has(phrase)) return [];
      told.add(phrase);
      return [
        { manifest, path, message: `${phrase}, which the template does not permit`, fix: 'take it out, or have the template permit it' },
      ];
    }),
  );
}

/** One part for each port of each rule. */
function partsOf({ spec }: NetworkPolicy): Part[] {
  const only = { ...spec, ingress: [], egress: [] };
  return [
    ...spec.ingress.flatMap((rule, index) =>
      portsOf(rule.ports).map((port, at) => ({
        path: ['spec', 'ingress', index, ...(port === undefined ? [] : ['ports', at])],
        spec: { ...only, ingress: [{ ...rule, ...(port === undefined ? {} : { ports: [port] }) }] },
      })),
    ),
    ...spec.egress.flatMap((rule, index) =>
      portsOf(rule.ports).map((port, at) => ({
        path: ['spec', 'egress', index, ...(port === undefined ? [] : ['ports', at])],
        spec: { ...only, egress: [{ ...rule, ...(port === undefined ? {} : { ports: [port] }) }] },
      })),
    ),
  ];
}

function portsOf<T>(ports: readonly T[] | undefined): readonly (T | undefined)[] {
  return ports === undefined || ports.length === 0 ? [undefined] : ports;
}
