import { isPortNumber, type Port, PROTOCOLS } from '../port.ts';
import type { Subject, World } from '../reach/world.ts';
import { asList, asRecord, textOf } from '../unknown.ts';

/** What a scan saw of one port of one pod (`portcullis scan -o json`). */
export interface SeenPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: Port;
  readonly listening: string;
  readonly reachable: string;
  readonly verdict: string;
  readonly process?: string;
}

/** Reads the findings of a scan, a list of pods with `findings`, or an object that holds it. Undefined where it is no such thing. */
export function readSeen(value: unknown): SeenPort[] | undefined {
  const pods = Array.isArray(value) ? value : asRecord(value).pods;
  if (!Array.isArray(pods) || !pods.every((pod) => textOf(asRecord(pod).pod) !== '')) return undefined;
  return pods.flatMap((pod) => {
    const { namespace, pod: name, findings } = asRecord(pod);
    return asList(findings).flatMap((finding) => {
      const { port: text, listening, reachable, verdict, process } = asRecord(finding);
      const port = portOf(textOf(text));
      if (port === undefined) return [];
      const seen = { namespace: textOf(namespace), pod: textOf(name), port, listening: textOf(listening), reachable: textOf(reachable) };
      return [{ ...seen, verdict: textOf(verdict), ...(textOf(process) === '' ? {} : { process: textOf(process) }) }];
    });
  });
}

function portOf(text: string): Port | undefined {
  const [, digits, word] = /^(\d+)\/(\w+)$/.exec(text) ?? [];
  const protocol = PROTOCOLS.find((known) => known === word);
  return protocol !== undefined && isPortNumber(Number(digits)) ? { number: Number(digits), protocol } : undefined;
}

/** Whether the pod that was seen is of this workload: it is that Pod, was made by it, or has a name as its pods have. */
export function isPodOf(seen: Pick<SeenPort, 'namespace' | 'pod'>, { workload }: Subject, { subjects }: World): boolean {
  if (seen.namespace !== workload.namespace) return false;
  const inNamespace = subjects.filter((one) => one.workload.namespace === seen.namespace);
  let current = inNamespace.find((one) => one.workload.kind === 'Pod' && one.workload.name === seen.pod);
  if (current === undefined) return workload.kind !== 'Pod' && makerByName(seen.pod, inNamespace) === workload.name;
  for (let steps = 0; current !== undefined && steps < 4; steps++) {
    if (current.workload.kind === workload.kind && current.workload.name === workload.name) return true;
    const owner: Subject['owner'] = current.owner;
    current = owner && inNamespace.find((one) => one.workload.kind === owner.kind && one.workload.name === owner.name);
  }
  return false;
}

/** `api-5f1c9-x7k2p`, `db-0`: the longest name of a workload that the pod's name continues. */
function makerByName(pod: string, subjects: readonly Subject[]): string | undefined {
  const names = subjects.filter(({ workload }) => workload.kind !== 'Pod').map(({ workload }) => workload.name);
  const fitting = names.filter((name) => pod.startsWith(`${name}-`) && /^[a-z0-9]+(-[a-z0-9]+){0,2}$/.test(pod.slice(name.length + 1)));
  return fitting.sort((a, b) => b.length - a.length)[0];
}
