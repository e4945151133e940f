import { MANAGED_BY, MANAGED_BY_LABEL } from '../../core/names.ts';
import { asRecord, textOf } from '../../core/unknown.ts';
import type { ReportStore } from '../../ports.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { hasStatus } from './kube-error.ts';
import { listAll } from './list.ts';
import { REPORT_KINDS, type ReportKind, reportBody, reportName } from './report-object.ts';
import type { KubeTransport } from './transport.ts';

/** Reports at the API server: OpenReports where its CRD is installed, else PolicyReports of wgpolicyk8s.io. */
export function kubeReportStore(transport: KubeTransport): ReportStore {
  let chosen: ReportKind | undefined;
  return {
    async discover() {
      const found: { kind: ReportKind; namespaces: readonly string[] }[] = [];
      for (const kind of REPORT_KINDS) {
        const namespaces = await ourNamespaces(transport, kind);
        if (namespaces !== undefined) found.push({ kind, namespaces });
      }
      const [first, ...others] = found;
      chosen = first?.kind;
      // Another kind was the best one before: what was written then would grow old.
      for (const { kind, namespaces } of others) for (const namespace of namespaces) await remove(transport, kind, namespace);
      return chosen?.label;
    },
    namespaces: async () => (chosen === undefined ? [] : ((await ourNamespaces(transport, chosen)) ?? [])),
    async write(namespace, report) {
      if (chosen === undefined) return;
      if (report === undefined) return remove(transport, chosen, namespace);
      await transport.request({
        method: 'PATCH',
        path: reportPath(chosen, namespace),
        query: { fieldManager: FIELD_MANAGER, force: true },
        contentType: 'application/apply-patch+yaml',
        body: reportBody(chosen, report),
      });
    },
  };
}

/** The namespaces with a report of ours; undefined where the cluster does not know the kind. */
async function ourNamespaces(transport: KubeTransport, { api, resource }: ReportKind): Promise<readonly string[] | undefined> {
  try {
    const query = { labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` };
    const items = await listAll(transport, { path: `/apis/${api}/${resource}`, query });
    return items.map((item) => textOf(asRecord(asRecord(item).metadata).namespace));
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

async function remove(transport: KubeTransport, kind: ReportKind, namespace: string): Promise<void> {
  try {
    await transport.request({ method: 'DELETE', path: reportPath(kind, namespace) });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}

function reportPath({ api, resource }: ReportKind, namespace: string): string {
  return `/apis/${api}/namespaces/${encodeURIComponent(namespace)}/${resource}/${reportName}`;
}
