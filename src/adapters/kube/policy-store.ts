import type { NetworkPolicy } from '../../core/network-policy.ts';
import { readNetworkPolicy } from '../../core/pair/read.ts';
import { sameSpec } from '../../core/policy-spec.ts';
import type { PolicyStore } from '../../ports.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { hasStatus, KubeError } from './kube-error.ts';
import { listAll } from './list.ts';
import { policyPath } from './paths.ts';
import type { KubeTransport, Query } from './transport.ts';

/** Somebody who writes at the same moment makes a replacement fail; so often it is tried. */
const ATTEMPTS = 4;

/**
 * NetworkPolicies at the API server, as raw JSON (the typed model of the client library loses `from`: kubernetes-client/javascript#2396).
 * `apply` owns the whole spec: server-side apply removes what others own in it, except for what it cannot see as ours (entries that a foreign
 * patch added to a set or a map); then the spec is replaced. Rejects with a KubeError, also for a namespace that is going away (403).
 * `dryRun`: the API server answers what it would store, with its hooks asked, and stores nothing.
 */
export function kubePolicyStore(transport: KubeTransport, { dryRun = false }: { readonly dryRun?: boolean } = {}): PolicyStore {
  const query = dryRun ? { dryRun: 'All' } : {};
  const writer: Writer = { transport, query: { ...query, fieldManager: FIELD_MANAGER } };
  return {
    async list(namespace) {
      const items = await listAll(transport, { path: policyPath(namespace) });
      return items.flatMap((item) => readNetworkPolicy(item, namespace) ?? []);
    },
    async apply(policy) {
      for (let attempt = 1; ; attempt += 1) {
        const applied = await applyOwnFields(writer, policy);
        const stored = readStored(applied, policy);
        if (sameSpec(stored.spec, policy.spec)) return stored;
        try {
          return readStored(await replaceSpec(writer, stored, policy), policy);
        } catch (error) {
          // 422: the test of the patch failed, since somebody wrote in between. 404: deleted in between.
          if (!(hasStatus(error, 422) || hasStatus(error, 404)) || attempt === ATTEMPTS) throw error;
        }
      }
    },
    async remove(namespace, name) {
      try {
        await transport.request({ method: 'DELETE', path: policyPath(namespace, name), query });
      } catch (error) {
        if (!hasStatus(error, 404)) throw error;
      }
    },
  };
}

/** By which way a policy is written, and with which words behind its path. */
interface Writer {
  readonly transport: KubeTransport;
  readonly query: Query;
}

function applyOwnFields({ transport, query }: Writer, policy: NetworkPolicy): Promise<unknown> {
  const { namespace, name } = policy.metadata;
  return transport.request({
    method: 'PATCH',
    path: policyPath(namespace, name),
    query: { ...query, force: true },
    contentType: 'application/apply-patch+yaml',
    body: ownFields(policy),
  });
}

/** A patch instead of an update: one right less. The test of the version makes sure that nothing that came in between is lost. */
function replaceSpec({ transport, query }: Writer, stored: NetworkPolicy, policy: NetworkPolicy): Promise<unknown> {
  const { namespace, name } = policy.metadata;
  return transport.request({
    method: 'PATCH',
    path: policyPath(namespace, name),
    query,
    contentType: 'application/json-patch+json',
    body: [
      { op: 'test', path: '/metadata/resourceVersion', value: stored.metadata.resourceVersion },
      { op: 'replace', path: '/spec', value: policy.spec },
    ],
  });
}

/** What a server-side apply may say: the fields that are ours, and none that the server sets. Both rule lists are there, also empty. */
function ownFields({ apiVersion, kind, metadata, spec }: NetworkPolicy): unknown {
  const { name, namespace, labels, annotations } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec };
}

function readStored(answer: unknown, { metadata: { namespace, name } }: NetworkPolicy): NetworkPolicy {
  const stored = readNetworkPolicy(answer, namespace);
  if (stored === undefined)
    throw new KubeError(`the API server stored NetworkPolicy ${namespace}/${name} without a spec`, { status: 0, reason: 'Malformed' });
  return stored;
}
