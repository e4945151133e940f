import type { Api } from '../cluster/api.ts';
import { until } from '../cluster/wait.ts';

/** The kinds of reports that a cluster may know, with no more of a schema than the API server wants. */
const KINDS = {
  openreports: { group: 'openreports.io', version: 'v1alpha1', kind: 'Report', plural: 'reports' },
  policyreports: { group: 'wgpolicyk8s.io', version: 'v1alpha2', kind: 'PolicyReport', plural: 'policyreports' },
} as const;

export type ReportCrd = keyof typeof KINDS;

const COLLECTION = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Installs a kind, and waits until it can be asked for. */
export async function installReports(api: Api, crd: ReportCrd): Promise<void> {
  const { group, version, kind, plural } = KINDS[crd];
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` };
  const spec = { group, scope: 'Namespaced', names, versions: [{ name: version, served: true, storage: true, schema }] };
  await api.request('POST', COLLECTION, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec,
  });
  const isThere = async () => (await api.call({ method: 'GET', path: `/apis/${group}/${version}/${plural}` })).status === 200;
  await until(`${plural}.${group} to be served`, isThere, { deadline: 20_000 });
}

/** Takes a kind away with all of its objects, and waits until it is gone. */
export async function removeReports(api: Api, crd: ReportCrd): Promise<void> {
  const { group, version, plural } = KINDS[crd];
  await api.request('DELETE', `${COLLECTION}/${plural}.${group}`);
  const isGone = async () => (await api.call({ method: 'GET', path: `/apis/${group}/${version}/${plural}` })).status === 404;
  await until(`${plural}.${group} to be gone`, isGone, { deadline: 20_000 });
}

/** The report of a namespace; undefined where there is none. */
export async function reportOf(api: Api, crd: ReportCrd, namespace: string) {
  const { group, version, plural } = KINDS[crd];
  const { status, body } = await api.call({
    method: 'GET',
    path: `/apis/${group}/${version}/namespaces/${namespace}/${plural}/portcullis`,
  });
  return status === 404 ? undefined : body;
}
