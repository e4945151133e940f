import type { LeaseRecord } from '../../core/lease.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../core/names.ts';
import { asRecord, textOf } from '../../core/unknown.ts';
import type { LeaseStore } from '../../ports.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { hasStatus } from './kube-error.ts';
import { leasePath } from './paths.ts';
import type { KubeTransport } from './transport.ts';

/** Longer than a healthy API server takes, shorter than a lease lives. */
const TIMEOUT_MS = 5_000;

/** One Lease (coordination.k8s.io/v1). Give it a transport of its own, so that no other call stands before a renewal. */
export function kubeLeaseStore(transport: KubeTransport, place: { readonly namespace: string; readonly name: string }): LeaseStore {
  const { namespace, name } = place;
  const path = leasePath(namespace, name);
  const once = (signal: AbortSignal) => ({ signal, timeoutMs: TIMEOUT_MS, attempts: 1 });
  return {
    async read(signal) {
      try {
        const lease = asRecord(await transport.request({ method: 'GET', path, ...once(signal) }));
        return { record: readSpec(asRecord(lease.spec)), version: textOf(asRecord(lease.metadata).resourceVersion) };
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async write(record, version, signal) {
      const metadata = { namespace, name, labels: { [MANAGED_BY_LABEL]: MANAGED_BY }, ...(version && { resourceVersion: version }) };
      const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: specOf(record) };
      const query = { fieldManager: FIELD_MANAGER };
      try {
        if (version === undefined) await transport.request({ method: 'POST', path: leasePath(namespace), query, body, ...once(signal) });
        else await transport.request({ method: 'PUT', path, query, body, ...once(signal) });
        return 'written';
      } catch (error) {
        // 409: somebody was faster (AlreadyExists or Conflict). 404 at a PUT: it was deleted meanwhile.
        if (hasStatus(error, 409) || (version !== undefined && hasStatus(error, 404))) return 'conflict';
        throw error;
      }
    },
  };
}

function readSpec(spec: Readonly<Record<string, unknown>>): LeaseRecord {
  return {
    holder: textOf(spec.holderIdentity),
    durationSeconds: numberOf(spec.leaseDurationSeconds),
    acquired: textOf(spec.acquireTime),
    renewed: textOf(spec.renewTime),
    transitions: numberOf(spec.leaseTransitions),
  };
}

function specOf({ holder, durationSeconds, acquired, renewed, transitions }: LeaseRecord) {
  const times = { acquireTime: acquired, renewTime: renewed };
  return { holderIdentity: holder, leaseDurationSeconds: durationSeconds, ...times, leaseTransitions: transitions };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
