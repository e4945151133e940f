import { setTimeout as pause } from 'node:timers/promises';
import { hasStatus } from '../adapters/kube/kube-error.ts';
import { corePath } from '../adapters/kube/paths.ts';
import { keepPod } from '../adapters/kube/pods.ts';
import { readCluster } from '../adapters/kube/snapshot.ts';
import type { KubeTransport } from '../adapters/kube/transport.ts';
import type { PodScan } from '../app/scan.ts';
import { scannedEnforcement } from '../app/scanned-enforcement.ts';
import type { Authority } from '../core/authority.ts';
import { scanSubject } from '../core/scan-subject.ts';
import { asRecord } from '../core/unknown.ts';
import { withCluster } from './cluster.ts';
import { CommandError, EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { liveTemplate, ownNamespace } from './live-template.ts';
import { loadTemplate } from './load-template.ts';
import { makeProgress } from './progress.ts';
import { type Gathered, gatherCluster } from './scan-gather.ts';
import { chooseInside, type LiveCluster } from './scan-inside.ts';
import { type ChosenOutside, chooseOutside } from './scan-outside.ts';
import { type ScanRun, scanGathered } from './scan-run.ts';
import type { Inside, Outside, ScanWords, Scope } from './scan-words.ts';

/** What was asked for, checked. */
export interface ClusterScanWords {
  readonly words: ScanWords;
  readonly inside: Inside;
  readonly outside: Outside;
  scope(current: string): Scope;
}

/** Scans pods of a cluster, by the template of a file or by the one that is in force there. This file loads the client: import it late. */
export async function scanCluster({ words, inside, outside, scope }: ClusterScanWords, io: Io): Promise<ScanRun> {
  const own = ownNamespace(io);
  const given = words.template === undefined ? undefined : await loadTemplate(words.template, { ownNamespace: own });
  return withCluster(words, io, async (transport, identity) => {
    const authority = given ?? (await liveTemplate(transport, own));
    const cluster: LiveCluster = { transport, identity, view: await readCluster(transport), own };
    const only = scope(transport.namespace ?? 'default');
    checkScope(only, cluster, authority);
    const from = await chooseOutside({ outside, engine: words.engine }, cluster, io);
    const progress = makeProgress(io, 'pods');
    const image = words.image === undefined ? {} : { image: words.image };
    const within = await chooseInside(inside, cluster, { ...image, say: progress.say });
    const means = {
      ...(from.scanner === undefined ? {} : { scanner: from.scanner }),
      ...(within.sockets === undefined ? {} : { sockets: within.sockets }),
    };
    const gathered = gatherCluster(cluster.view, authority, { only, means, reread: rereader(transport, authority) });
    if (from.warning !== undefined) io.err(`${from.warning}\n`);
    const how = within.said === '' ? from.said : `${from.said}, and ${within.said}`;
    const scans = await scanGathered(gathered, { how, progress }, io);
    const enforcement = await proofOf(scans, from, { ...cluster, authority, stop: io.stop });
    return { authority, scans, namespaces: gathered.namespaces, enforcement };
  });
}

/** A CommandError where what was named is not there: else "nothing found" would read as "nothing open". */
function checkScope({ namespace, pod }: Scope, { view }: LiveCluster, authority: Authority): void {
  if (namespace === undefined) return;
  if (view.namespace(namespace) === undefined) throw new CommandError(EXIT.usage, `no such namespace in the cluster: ${namespace}`);
  if (pod !== undefined && !view.pods(namespace).some(({ name }) => name === pod))
    throw new CommandError(EXIT.usage, `no such pod in namespace ${namespace}: ${pod}`);
  if (authority.namespace(namespace).exempt)
    throw new CommandError(EXIT.usage, `namespace ${namespace} is exempt from the template: nothing is scanned there`);
}

function rereader(transport: KubeTransport, authority: Authority): Gathered['parts']['reread'] {
  return async ({ pod }) => {
    try {
      const raw = await transport.request({ method: 'GET', path: corePath('pods', pod.namespace, pod.name) });
      return scanSubject(keepPod(asRecord(raw)), authority);
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  };
}

function proofOf(
  scans: readonly PodScan[],
  { prober, scanner }: ChosenOutside,
  { view, authority, stop }: LiveCluster & { readonly authority: Authority; readonly stop: AbortSignal },
): Promise<ScanRun['enforcement']> {
  const at = new Date();
  return scannedEnforcement({
    authority,
    view,
    prober,
    at,
    signal: stop,
    ...(scanner === undefined ? {} : { scanner }),
    pods: scans.flatMap((scan) => (scan.outcome === 'scanned' ? [{ pod: scan.pod, findings: scan.findings, at }] : [])),
    pause: (ms) => pause(ms, undefined, { signal: stop }).catch(() => {}),
  });
}
