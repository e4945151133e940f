import type { Authority } from '../core/authority.ts';
import { notProven } from '../core/enforcement.ts';
import { foreignOpenings } from '../core/foreign-openings.ts';
import { type NamespaceSight, namespaceEnforcement, sampleKey } from '../core/namespace-enforcement.ts';
import { formatPort } from '../core/port.ts';
import { type ExposedPort, exposedPorts } from '../core/scanned-pod.ts';
import { probesOf } from '../core/views.ts';
import type { Clock, ClusterView, Log, Scanner, Stop } from '../ports.ts';
import { BETWEEN_SAMPLES_MS } from './enforcement-nodes.ts';
import type { Standing } from './enforcement-standing.ts';
import type { Prober } from './prober.ts';
import type { ResultListener } from './scan-results.ts';
import { type ScannedByNamespace, scannedByNamespace } from './scanned-by-namespace.ts';
import { makeWorkQueue } from './work-queue.ts';

export interface NamespaceProofParts {
  authority(): Authority | undefined;
  readonly view: Pick<ClusterView, 'namespace' | 'policies'>;
  /** Whether the pair of a namespace was observed as it should be. */
  inPlace(namespace: string): boolean;
  readonly scanner: Scanner;
  prober(): Prober;
  readonly standing: Standing;
  readonly clock: Clock;
  readonly log: Log;
  pause(ms: number): Promise<void>;
}

export interface NamespaceProof {
  readonly listener: ResultListener;
  /** Looks at every namespace again, with new samples of the ports that answered. */
  refresh(): void;
  readonly stop: Stop;
}

type Sample = { readonly address: string } | 'shut';

const PARALLELISM = 8;

/** Proves the policies of namespaces by the scans of their pods. */
export function proveNamespaces(parts: NamespaceProofParts): NamespaceProof {
  const stopping = new AbortController();
  const [pods, samples] = [scannedByNamespace(), new Map<string, Sample>()];
  const queue = makeWorkQueue({
    parallelism: PARALLELISM,
    failed: (namespace, error) =>
      parts.log.warn('the enforcement of a namespace could not be judged', { namespace, error: asError(error) }),
    work: (namespace) => prove(namespace, { ...parts, pods, samples, signal: stopping.signal }),
  });
  return {
    listener: {
      judged: (now, before) => {
        if (now.at.getTime() !== before?.at.getTime()) for (const one of exposedPorts([now])) samples.delete(sampleKey(one));
        pods.put(now);
        queue.add(now.pod.namespace);
      },
      gone: (pod) => {
        pods.remove(pod);
        queue.add(pod.namespace);
      },
    },
    refresh: () => {
      samples.clear();
      for (const namespace of new Set([...pods.namespaces(), ...parts.standing.all().keys()])) queue.add(namespace);
    },
    stop: () => {
      stopping.abort();
      return queue.stop();
    },
  };
}

interface Proving extends NamespaceProofParts {
  readonly pods: ScannedByNamespace;
  readonly samples: Map<string, Sample>;
  readonly signal: AbortSignal;
}

async function prove(namespace: string, parts: Proving): Promise<void> {
  const state = parts.view.namespace(namespace);
  const isEnforced = parts.authority()?.namespace(namespace).mode === 'enforce' && state?.terminating === false;
  if (!isEnforced || parts.pods.of(namespace).length === 0) return parts.standing.forget(namespace);
  const prober = parts.prober();
  if (!prober.known) return parts.standing.set(namespace, notProven(prober.reason));
  const openedBy = ({ pod, finding }: ExposedPort) =>
    foreignOpenings(parts.view.policies(namespace), pod, { port: finding.port, from: prober.stranger });
  if (parts.inPlace(namespace)) await takeSamples(namespace, openedBy, parts);
  if (parts.signal.aborted) return;
  const sight: NamespaceSight = {
    pods: parts.pods.of(namespace),
    inPlace: parts.inPlace(namespace),
    probed: { from: prober.name, at: parts.clock.now() },
    openedBy,
    confirmed: (exposed) => parts.samples.get(sampleKey(exposed)),
  };
  parts.standing.set(namespace, namespaceEnforcement(sight));
}

/** Two samples of each port that answered against the pair, until one of them answered both: that is enough. */
async function takeSamples(namespace: string, openedBy: NamespaceSight['openedBy'], parts: Proving): Promise<void> {
  const all = exposedPorts(parts.pods.of(namespace)).filter(
    ({ finding }) => finding.port.protocol === 'TCP' && finding.reachable === 'yes',
  );
  for (const exposed of all) {
    if (parts.samples.has(sampleKey(exposed)) || openedBy(exposed).length > 0) continue;
    const sample = await sampleTwice(exposed, parts);
    if (parts.signal.aborted) return;
    parts.samples.set(sampleKey(exposed), sample);
    if (sample !== 'shut') return;
  }
}

/** The policies may be in place for a moment only: so each sample has its pause before. */
async function sampleTwice({ pod, finding }: ExposedPort, { scanner, pause, signal }: Proving): Promise<Sample> {
  let open: readonly string[] = [...new Set(pod.addresses)];
  for (let sample = 1; sample <= 2 && open.length > 0; sample += 1) {
    await pause(BETWEEN_SAMPLES_MS);
    const answers = await Promise.all(
      open.map(async (address) => probesOf(await scanner.scan({ address, ports: [finding.port] }, signal))),
    );
    open = open.filter((_, index) =>
      answers[index]?.some(({ port, reachability }) => formatPort(port) === formatPort(finding.port) && reachability === 'open'),
    );
  }
  const [address] = open;
  return address === undefined ? 'shut' : { address };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
