import type { ApiServer } from '../cluster/api-server.ts';
import type { ApiObject } from '../cluster/client.ts';
import { OWN_NAMESPACE } from '../cluster/users.ts';

/** What the tests of the controller read from an API server and change on it, always as admin. */

/** The server of a shared machine may be slow; nothing is asserted about how fast. */
export const SOON = { timeout: 30_000, interval: 25 };

/** Of NetworkPolicies: all of a namespace, or one. */
export function policyPath(namespace: string, name?: string): string {
  const all = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
  return name === undefined ? all : `${all}/${name}`;
}

/** Of ConfigMaps in Portcullis' own namespace. */
export function configMapPath(name?: string): string {
  const all = `/api/v1/namespaces/${OWN_NAMESPACE}/configmaps`;
  return name === undefined ? all : `${all}/${name}`;
}

/** The specs of all policies of a namespace by their names. */
export async function specsOf(api: ApiServer, namespace: string): Promise<Record<string, unknown>> {
  const { items = [] } = await api.request('GET', policyPath(namespace));
  return Object.fromEntries(items.map(({ metadata, spec }) => [metadata?.name, spec]));
}

/** The names of all policies of a namespace, in the order of the alphabet. */
export async function policiesOf(api: ApiServer, namespace: string): Promise<string[]> {
  return Object.keys(await specsOf(api, namespace)).sort();
}

/** The labels of a namespace, without the one that the API server sets. */
export async function labelsOf(api: ApiServer, namespace: string): Promise<Readonly<Record<string, string>>> {
  const { metadata } = await api.request('GET', `/api/v1/namespaces/${namespace}`);
  const { 'kubernetes.io/metadata.name': _, ...labels } = metadata?.labels ?? {};
  return labels;
}

/** The Events of a namespace as `KIND NAME REASON: NOTE`, each once. */
export async function eventsOf(api: ApiServer, namespace: string): Promise<string[]> {
  const { items = [] } = await api.request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
  return [...new Set(items.map(eventText))].sort();
}

function eventText({ regarding, reason, note }: ApiObject): string {
  const { kind, name } = regarding as { readonly kind: string; readonly name: string };
  return `${kind} ${name} ${reason}: ${note}`;
}

/** The status that the controller writes; undefined before the first. */
export async function statusOf(api: ApiServer): Promise<Readonly<Record<string, string>> | undefined> {
  const { status, body } = await api.call({ method: 'GET', path: configMapPath('portcullis-status') });
  return status === 404 ? undefined : (body.data as Readonly<Record<string, string>>);
}

/** Makes or changes a further ConfigMap of the template, with this text as its one document. */
export async function putDocument(api: ApiServer, name: string, text: string): Promise<void> {
  const labels = { 'portcullis.dev/template': 'true' };
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { 'template.yaml': text } };
  const query = 'fieldManager=test&force=true';
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const answer = await api.call({ method: 'PATCH', path: `${configMapPath(name)}?${query}`, body, headers });
  if (answer.status >= 400) throw new Error(answer.body.message ?? answer.text);
}

/** A pod with one container that declares these ports, and waits at these gates. */
export function podObject(name: string, ports: readonly number[] = [], gates: readonly string[] = []) {
  return {
    metadata: { name },
    spec: {
      containers: [{ name: 'main', image: 'main', ports: ports.map((containerPort) => ({ containerPort })) }],
      schedulingGates: gates.map((gate) => ({ name: gate })),
    },
  };
}

export const SCHEDULING_GATE = 'portcullis.dev/policies';

/** The scheduling gates of a pod. */
export async function gatesOf(api: ApiServer, namespace: string, pod: string): Promise<string[]> {
  const { spec } = await api.request('GET', `/api/v1/namespaces/${namespace}/pods/${pod}`);
  const { schedulingGates = [] } = spec as { readonly schedulingGates?: readonly { readonly name: string }[] };
  return schedulingGates.map(({ name }) => name);
}

/** The value of one series of /metrics, like `portcullis_policies_written_total{cause="drift"}`; 0 where it is not there. */
export function seriesValue(metrics: string, series: string): number {
  const line = metrics.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}
