import { nearestWord } from '../nearest.ts';
import type { WorkloadManifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { MisconfigurationClass, Sighting } from './misconfiguration.ts';
import type { PortUse } from './port-use.ts';

/** The kubelet looks for the name in the container itself, and nowhere else. */
export const probeUnknown: MisconfigurationClass = {
  code: 'probe-unknown',
  severity: 'warning',
  summary: 'A probe or a lifecycle hook calls a port by a name that its container gives to no port. The probe fails for ever.',
  remedy: 'Give a containerPort of the same container that name, or write its number.',
  find: ({ workloads }: ManifestSet): Sighting[] =>
    workloads.filter(({ faulty }) => !faulty).flatMap((manifest) => manifest.portUses.flatMap((use) => unknown(manifest, use))),
};

function unknown(manifest: WorkloadManifest, { container, by, port, path }: PortUse): Sighting[] {
  if (typeof port !== 'string' || container.ports.some(({ name }) => name === port)) return [];
  const neighbor = manifest.workload.containers.find(({ ports }) => ports.some(({ name }) => name === port));
  const elsewhere = neighbor === undefined ? '' : `; container ${neighbor.name} has one, and a name counts in its own container only`;
  return [
    {
      manifest,
      path,
      message: `${by} calls the port "${port}", and container ${container.name} has none of that name${elsewhere}`,
      fix: remedy(port, manifest, { container, neighbor }),
    },
  ];
}

type Container = PortUse['container'];

function remedy(
  port: string,
  manifest: WorkloadManifest,
  { container, neighbor }: { readonly container: Container; readonly neighbor: Container | undefined },
): string {
  if (/^[0-9]+$/.test(port)) return `write ${port} without quotes`;
  const number = neighbor?.ports.find(({ name }) => name === port)?.port.number;
  if (number !== undefined) return `write ${number}`;
  const near = nearestWord(port, namesOf(container).length > 0 ? namesOf(container) : manifest.workload.containers.flatMap(namesOf));
  return near === undefined ? `give a containerPort the name ${port}, or write its number` : `write ${near}`;
}

function namesOf({ ports }: Container): string[] {
  return ports.flatMap(({ name }) => (name === undefined ? [] : [name]));
}
