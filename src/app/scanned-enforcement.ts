import type { Authority } from '../core/authority.ts';
import { type Enforcement, notProven } from '../core/enforcement.ts';
import { foreignOpenings } from '../core/foreign-openings.ts';
import { type NamespaceSight, namespaceEnforcement, sampleKey } from '../core/namespace-enforcement.ts';
import { formatPort } from '../core/port.ts';
import { type ExposedPort, exposedPorts, type ScannedPod } from '../core/scanned-pod.ts';
import { probesOf } from '../core/views.ts';
import type { ClusterView, Scanner } from '../ports.ts';
import { listPolicies } from './policy-list.ts';
import type { Prober } from './prober.ts';

export interface ScannedEnforcementInput {
  readonly authority: Authority;
  /** The cluster as it was before the scan. */
  readonly view: ClusterView;
  readonly pods: readonly ScannedPod[];
  /** Who probed. */
  readonly prober: Prober;
  /** Absent: nothing was probed. */
  readonly scanner?: Scanner;
  readonly at: Date;
  readonly signal: AbortSignal;
  pause(ms: number): Promise<void>;
}

/** Long enough for a policy that was just made to reach the kernel. */
const BETWEEN_SAMPLES_MS = 500;

/**
 * What one scan proves of the policies of each enforced namespace in which a pod was scanned, by name. A port that answered against its
 * policies is probed twice more before they are called broken.
 */
export async function scannedEnforcement(input: ScannedEnforcementInput): Promise<ReadonlyMap<string, Enforcement>> {
  const { authority, view, pods, prober } = input;
  const names = [...new Set(pods.map(({ pod }) => pod.namespace))].filter((name) => authority.namespace(name).mode === 'enforce').sort();
  if (!prober.known) return new Map(names.map((name) => [name, notProven(prober.reason)]));
  const facts = { namespaces: view.namespaces().map(({ name }) => name), apiServer: view.apiServer() };
  const listed = listPolicies({ authority, facts, policies: view.policies });
  const astray = new Set(
    listed.flatMap(({ policy, owner, state }) => (owner === 'portcullis' && state !== 'in place' ? [policy.metadata.namespace] : [])),
  );
  const proofs = names.map(async (name) => [name, await prove(name, !astray.has(name), { ...input, prober })] as const);
  return new Map(await Promise.all(proofs));
}

type Proving = ScannedEnforcementInput & { readonly prober: Extract<Prober, { known: true }> };

async function prove(namespace: string, inPlace: boolean, input: Proving): Promise<Enforcement> {
  const { view, prober, at } = input;
  const policies = view.policies(namespace);
  const openedBy = ({ pod, finding }: ExposedPort) => foreignOpenings(policies, pod, { port: finding.port, from: prober.stranger });
  const pods = input.pods.filter(({ pod }) => pod.namespace === namespace);
  const samples = inPlace ? await takeSamples(pods, openedBy, input) : new Map();
  return namespaceEnforcement({
    pods,
    inPlace,
    probed: { from: prober.name, at },
    openedBy,
    confirmed: (exposed) => samples.get(sampleKey(exposed)),
  });
}

type Sample = NonNullable<ReturnType<NamespaceSight['confirmed']>>;

/** Two samples of each port that answered, until one answered both: that is enough. */
async function takeSamples(
  pods: readonly ScannedPod[],
  openedBy: NamespaceSight['openedBy'],
  input: Proving,
): Promise<Map<string, Sample>> {
  const samples = new Map<string, Sample>();
  for (const exposed of exposedPorts(pods)) {
    if (exposed.finding.port.protocol !== 'TCP' || exposed.finding.reachable !== 'yes' || openedBy(exposed).length > 0) continue;
    const sample = await sampleTwice(exposed, input);
    samples.set(sampleKey(exposed), sample);
    if (sample !== 'shut') break;
  }
  return samples;
}

async function sampleTwice({ pod, finding }: ExposedPort, { scanner, pause, signal }: Proving): Promise<Sample> {
  let open: readonly string[] = scanner === undefined ? [] : [...new Set(pod.addresses)];
  for (let sample = 1; sample <= 2 && open.length > 0 && scanner !== undefined; sample += 1) {
    await pause(BETWEEN_SAMPLES_MS);
    const views = await Promise.all(open.map((address) => scanner.scan({ address, ports: [finding.port] }, signal)));
    const answers = views.map((view) =>
      probesOf(view).some(({ port, reachability }) => reachability === 'open' && formatPort(port) === formatPort(finding.port)),
    );
    open = open.filter((_, index) => answers[index]);
  }
  const [address] = open;
  return address === undefined ? 'shut' : { address };
}
