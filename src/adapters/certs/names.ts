import type { ServedNames } from '../../ports.ts';

/**
 * The names of a webhook behind a Service. The API server calls `SERVICE.NAMESPACE.svc` (case 26); the other forms serve people and probes
 * inside of the cluster. `loopback` adds the names of this machine, for a gate without a cluster.
 */
export function servedNames(service: string, namespace: string, { loopback = false } = {}): ServedNames {
  const dns = [`${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`, `${service}.${namespace}`, service];
  return loopback ? { dns: [...dns, 'localhost'], addresses: ['127.0.0.1', '::1'] } : { dns, addresses: [] };
}
