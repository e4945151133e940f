import { formatPort } from '../port.ts';
import { declaredPorts } from '../workload.ts';
import type { Manifest, WorkloadManifest } from './manifest.ts';

/** How many things a message names before "and N more". */
const NAMED = 3;

/** `Deployment/shop/api, Deployment/shop/db and 2 more`. */
export function nameObjects(manifests: readonly Manifest[]): string {
  return shorten(manifests.map(({ id }) => id));
}

/** The ports that the workloads declare for as long as they run: `8080/TCP, 9090/TCP`; `none` where there are none. */
export function nameDeclared(manifests: readonly WorkloadManifest[]): string {
  const ports = manifests.flatMap(({ workload }) =>
    declaredPorts(workload).flatMap(({ container, declared }) =>
      container.type === 'init' ? [] : [`${formatPort(declared.port)}${declared.name === undefined ? '' : ` (${declared.name})`}`],
    ),
  );
  return ports.length === 0 ? 'none' : shorten([...new Set(ports)]);
}

function shorten(words: readonly string[]): string {
  const distinct = [...new Set(words)];
  if (distinct.length <= NAMED) return distinct.join(', ');
  return `${distinct.slice(0, NAMED).join(', ')} and ${distinct.length - NAMED} more`;
}
