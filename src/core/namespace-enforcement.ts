import { decided, type Enforcement, notProven, type Probed } from './enforcement.ts';
import type { Finding } from './finding.ts';
import { formatPort } from './port.ts';
import { type ExposedPort, exposedPorts, exposedText, type ScannedPod } from './scanned-pod.ts';

/** What is known of an enforced namespace. */
export interface NamespaceSight {
  readonly pods: readonly ScannedPod[];
  /** Whether its pair of policies was observed as it should be. */
  readonly inPlace: boolean;
  readonly probed: Probed;
  /** Policies of somebody else that open the port to the prober. */
  openedBy(exposed: ExposedPort): readonly string[];
  /** Two further samples after the scan: the address that answered both, `shut` where none did, undefined where they were not taken yet. */
  confirmed(exposed: ExposedPort): { readonly address: string } | 'shut' | undefined;
}

/**
 * What the scans of a namespace prove. TCP only: from outside, a shut UDP port looks like an open one. A port that answers against the pair
 * beats every other sight; that a port is shut proves something only where another one of the namespace answers.
 */
export function namespaceEnforcement(sight: NamespaceSight): Enforcement {
  if (!sight.inPlace) return notProven('its policies are not in place');
  if (sight.pods.length === 0) return notProven('no pod of it was scanned yet');
  const exposed = exposedPorts(sight.pods).filter(({ finding }) => finding.port.protocol === 'TCP' && finding.reachable === 'yes');
  return brokenBy(exposed, sight) ?? explained(exposed, sight) ?? unconfirmed(exposed, sight) ?? shutBy(sight);
}

function brokenBy(exposed: readonly ExposedPort[], sight: NamespaceSight): Enforcement | undefined {
  for (const one of exposed) {
    const confirmed = sight.confirmed(one);
    if (confirmed === undefined || confirmed === 'shut' || sight.openedBy(one).length > 0) continue;
    return decided(
      'not enforced',
      `${exposedText(one)} answers at ${confirmed.address}, though its policies are in place and none permits it`,
      {
        ...sight.probed,
        port: one.finding.port,
        address: confirmed.address,
      },
    );
  }
  return undefined;
}

function explained(exposed: readonly ExposedPort[], sight: NamespaceSight): Enforcement | undefined {
  for (const one of exposed) {
    const policies = sight.openedBy(one);
    if (policies.length > 0) return notProven(`${exposedText(one)} answers, also allowed by NetworkPolicy ${policies.join(', ')}`);
  }
  return undefined;
}

function unconfirmed(exposed: readonly ExposedPort[], sight: NamespaceSight): Enforcement | undefined {
  const one = exposed.find((each) => sight.confirmed(each) === undefined);
  return one === undefined ? undefined : notProven(`${exposedText(one)} answered once; two more samples will tell`);
}

function shutBy({ pods, probed }: NamespaceSight): Enforcement {
  const all = pods
    .flatMap(({ pod, findings }) => findings.map((finding) => ({ pod, finding })))
    .filter(({ finding }) => isTelling(finding));
  const shut = all.find(({ finding }) => finding.authorized === undefined && finding.listening === 'yes' && finding.reachable === 'no');
  if (shut === undefined) return notProven('no TCP port listens in it that nobody authorized, so no probe can show that one is shut');
  const control = all.find(({ finding }) => finding.authorized !== undefined && finding.reachable === 'yes');
  if (control === undefined)
    return notProven(
      `${exposedText(shut)} is shut, but no authorized TCP port of the namespace answers: perhaps nothing gets there at all`,
    );
  const address = shut.pod.addresses.join(' and ');
  return decided('enforced', `${exposedText(shut)} listens and is shut, while ${exposedText(control)} answers`, {
    ...probed,
    port: shut.finding.port,
    address,
  });
}

function isTelling({ port, hostNetwork }: Finding): boolean {
  return port.protocol === 'TCP' && !hostNetwork;
}

/** By which a sample of a port is remembered. */
export function sampleKey({ pod, finding }: ExposedPort): string {
  return `${pod.uid} ${formatPort(finding.port)}`;
}
