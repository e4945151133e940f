/** The paths of the API. Names come from objects of anybody: a name can never leave its place in a path. */

const NETWORKING = '/apis/networking.k8s.io/v1';

export const NAMESPACES = '/api/v1/namespaces';
export const PODS = '/api/v1/pods';
export const POLICIES = `${NETWORKING}/networkpolicies`;

/** A namespace itself. */
export function namespacePath(name: string): string {
  return `${NAMESPACES}/${encodeURIComponent(name)}`;
}

/** NetworkPolicies of a namespace, or one of them. */
export function policyPath(namespace: string, name?: string): string {
  return `${NETWORKING}/namespaces/${encodeURIComponent(namespace)}/networkpolicies${last(name)}`;
}

/** Objects of the core API in a namespace, or one of them. */
export function corePath(resource: 'pods' | 'configmaps' | 'secrets', namespace: string, name?: string): string {
  return `${namespacePath(namespace)}/${resource}${last(name)}`;
}

/** Events (events.k8s.io) of a namespace, or one of them. */
export function eventPath(namespace: string, name?: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events${last(name)}`;
}

/** EndpointSlices of a namespace. */
export function endpointSlicePath(namespace: string): string {
  return `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`;
}

/** Leases of a namespace, or one of them. */
export function leasePath(namespace: string, name?: string): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases${last(name)}`;
}

/** Webhook configurations of a kind, or one of them. */
export function webhookPath(kind: 'validating' | 'mutating', name?: string): string {
  return `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations${last(name)}`;
}

function last(name: string | undefined): string {
  return name === undefined ? '' : `/${encodeURIComponent(name)}`;
}
