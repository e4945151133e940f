import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority } from '../../src/core/authority.ts';
import type { NetworkPolicy, NetworkPolicySpec } from '../../src/core/network-policy.ts';
import { blockPolicy } from '../../src/core/pair/block.ts';
import { ourMetadata } from '../../src/core/pair/metadata.ts';
import { policyPair } from '../../src/core/policy-pair.ts';
import { sameSpec } from '../../src/core/policy-spec.ts';
import type { PolicyStore } from '../../src/ports.ts';
import { templates } from '../support/arbitrary.ts';

/** A store under test. */
export interface PolicyStoreSetup {
  readonly store: PolicyStore;
  /** Makes a namespace that holds no policy yet, and answers its name. */
  namespace(): Promise<string>;
  stop?(): Promise<void>;
}

/** Everything at once that a spec can say. */
const RICH: NetworkPolicySpec = {
  podSelector: { matchLabels: { app: 'api', tier: '' }, matchExpressions: [{ key: 'track', operator: 'NotIn', values: ['old', 'test'] }] },
  policyTypes: ['Ingress', 'Egress'],
  ingress: [
    {
      from: [
        { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'web' } }, podSelector: { matchLabels: { app: 'front' } } },
      ],
      ports: [{ protocol: 'TCP', port: 8080 }],
    },
    {
      from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] } }],
      ports: [{ protocol: 'UDP', port: 9000, endPort: 9100 }],
    },
    { ports: [{ protocol: 'SCTP', port: 7777 }] },
  ],
  egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }], ports: [{ protocol: 'TCP', port: 443 }] }],
};

const CLOSED: NetworkPolicySpec = { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] };

function policy(namespace: string, name: string, spec: NetworkPolicySpec, annotations: Record<string, string> = {}): NetworkPolicy {
  const metadata = ourMetadata({ name, namespace, templateHash: '0123456789ab' }, annotations);
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec };
}

/** What was given is in what is stored; the store may add versions and times. */
function says({ apiVersion, kind, metadata, spec }: NetworkPolicy) {
  const { name, namespace, labels, annotations } = metadata;
  return { apiVersion, kind, name, namespace, labels, annotations, spec };
}

/** The promises of PolicyStore (src/ports.ts), for any store. `runs`: how many random templates it is tried with. */
export function policyStoreContract(
  name: string,
  make: () => Promise<PolicyStoreSetup>,
  { runs = 100 }: { readonly runs?: number } = {},
): void {
  describe(`${name} as a store of policies`, () => {
    let setup: PolicyStoreSetup;
    beforeAll(async () => {
      setup = await make();
    });
    afterAll(async () => {
      await setup?.stop?.();
    });

    it('answers what it stored, whole, and lists it', async () => {
      const namespace = await setup.namespace();
      const wanted = policy(namespace, 'portcullis-allow-1', RICH, { 'portcullis.dev/rules': 'api' });
      expect(says(await setup.store.apply(wanted))).toEqual(says(wanted));
      expect((await setup.store.list(namespace)).map(says)).toEqual([says(wanted)]);
    });

    it('keeps a policy without any rule as what closes everything', async () => {
      const namespace = await setup.namespace();
      await setup.store.apply(blockPolicy(namespace, '0123456789ab'));
      expect((await setup.store.list(namespace)).map(({ spec }) => spec)).toEqual([CLOSED]);
    });

    it('changes a policy to exactly the new spec, rules and labels that are gone included', async () => {
      const namespace = await setup.namespace();
      await setup.store.apply(policy(namespace, 'portcullis-allow-1', RICH, { 'portcullis.dev/rules': 'api' }));
      const changed = policy(namespace, 'portcullis-allow-1', { ...CLOSED, podSelector: { matchLabels: { app: 'db' } } });
      expect(says(await setup.store.apply(changed))).toEqual(says(changed));
      expect((await setup.store.list(namespace)).map(says)).toEqual([says(changed)]);
    });

    it('can be told the same again, also twice at once', async () => {
      const namespace = await setup.namespace();
      const wanted = policy(namespace, 'portcullis-allow-1', RICH);
      await Promise.all([setup.store.apply(wanted), setup.store.apply(wanted)]);
      expect(says(await setup.store.apply(wanted))).toEqual(says(wanted));
      expect((await setup.store.list(namespace)).map(says)).toEqual([says(wanted)]);
    });

    it('keeps namespaces apart, and lists nothing of one that it does not know', async () => {
      const [one, two] = [await setup.namespace(), await setup.namespace()];
      await setup.store.apply(policy(one, 'portcullis-block', CLOSED));
      await setup.store.apply(policy(two, 'portcullis-block', CLOSED));
      await setup.store.remove(one, 'portcullis-block');
      expect(await setup.store.list(one)).toEqual([]);
      expect((await setup.store.list(two)).map(({ metadata }) => metadata.name)).toEqual(['portcullis-block']);
      expect(await setup.store.list('nobody-made-this')).toEqual([]);
    });

    it('removes what is there, and is quiet about what is not', async () => {
      const namespace = await setup.namespace();
      await setup.store.apply(policy(namespace, 'portcullis-block', CLOSED));
      await setup.store.remove(namespace, 'portcullis-block');
      await setup.store.remove(namespace, 'portcullis-block');
      await setup.store.remove('nobody-made-this', 'portcullis-block');
      expect(await setup.store.list(namespace)).toEqual([]);
    });

    it('stores the pair of any template so that it is found to be in place', async () => {
      const property = fc.asyncProperty(templates, async (template) => {
        const namespace = await setup.namespace();
        const pair = policyPair('shop', makeAuthority(template, 'portcullis-system'), {
          namespaces: ['shop', 'web', 'pr-1'],
          apiServer: ['192.0.2.7'],
        });
        for (const wanted of [pair.block, ...pair.allow]) {
          const moved = { ...wanted, metadata: { ...wanted.metadata, namespace } };
          const stored = await setup.store.apply(moved);
          expect(sameSpec(stored.spec, wanted.spec)).toBe(true);
        }
      });
      await fc.assert(property, { numRuns: runs });
    });
  });
}
