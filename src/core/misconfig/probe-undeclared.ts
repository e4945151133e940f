import { listWords } from '../nearest.ts';
import { formatPort } from '../port.ts';
import type { WorkloadManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';
import { nameDeclared } from './naming.ts';
import type { PortUse } from './port-use.ts';
import { servingPorts } from './service-target.ts';

/** The containers of a pod share its network: a probe may call the port of its neighbor. */
export const probeUndeclared: MisconfigurationClass = {
  code: 'probe-undeclared',
  severity: 'warning',
  summary:
    'A probe or a lifecycle hook calls a port that no container of the pod declares: something listens there, and the manifest does not say so.',
  remedy: 'Declare the port in the container and have the template permit it, or call a port that is declared.',
  find: ({ workloads }: ManifestSet): Sighting[] => workloads.filter(({ faulty }) => !faulty).flatMap(undeclaredPorts),
};

/** One sighting for each number of a container, however many probes call it. */
function undeclaredPorts(manifest: WorkloadManifest): Sighting[] {
  const declared = new Set(servingPorts(manifest.workload).flatMap(({ port }) => (port.protocol === 'TCP' ? [port.number] : [])));
  const calls = new Map<string, { readonly number: number; readonly uses: PortUse[] }>();
  for (const use of manifest.portUses) {
    if (typeof use.port !== 'number' || declared.has(use.port) || use.container.type === 'init') continue;
    const key = `${use.container.path.join('.')} ${use.port}`;
    const call = calls.get(key) ?? { number: use.port, uses: [] };
    call.uses.push(use);
    calls.set(key, call);
  }
  return [...calls.values()].flatMap(({ number, uses }) => sighting(manifest, number, uses));
}

function sighting(manifest: WorkloadManifest, number: number, uses: readonly PortUse[]): Sighting[] {
  const [first] = uses;
  if (first === undefined) return [];
  const port = { number, protocol: 'TCP' as const };
  const callers = listWords([...new Set(uses.map(({ by }) => by))], 'and');
  return [
    {
      manifest,
      path: first.path,
      port,
      message: `${callers} of container ${first.container.name} ${uses.length > 1 ? 'call' : 'calls'} ${formatPort(port)}, which no container declares (declared: ${nameDeclared([manifest])})`,
      fix: `declare ${formatPort(port)} in the container, or call a port that is declared`,
    },
  ];
}
