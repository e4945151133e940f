import type { PodScan } from '../app/scan.ts';
import { scanMany } from '../app/scan-many.ts';
import type { Authority } from '../core/authority.ts';
import { scanSubject } from '../core/scan-subject.ts';
import { asRecord } from '../core/unknown.ts';
import type { ClusterView } from '../ports.ts';
import { withCluster } from './cluster.ts';
import { EXIT, type ExitCode, worst } from './exit-code.ts';
import type { Io } from './io.ts';
import { chooseEngine } from './scan-engine.ts';
import { type Gathered, gatherCluster, gatherLocal } from './scan-gather.ts';
import { localTargets, type ScanWords } from './scan-words.ts';

/** The scans of everything that was asked for, with the namespaces in question. */
export interface ScanRun {
  readonly scans: readonly PodScan[];
  readonly namespaces: readonly string[];
}

/** Gathers and scans, with progress on a terminal. */
export async function scanAll(words: ScanWords, authority: Authority, io: Io): Promise<ScanRun> {
  const { scanner, said } = await chooseEngine(words.engine, io.env.PATH ?? '');
  const chosen = scanner === undefined ? {} : { scanner };
  const targets = localTargets(words.scanTarget);
  if (targets.length > 0)
    return scanGathered(await gatherLocal(targets, authority, { manifests: words.manifests, scanner: chosen }), said, io);
  const [{ readCluster }, { corePath }, { keepPod }, { hasStatus }] = await Promise.all([
    import('../adapters/kube/snapshot.ts'),
    import('../adapters/kube/paths.ts'),
    import('../adapters/kube/pods.ts'),
    import('../adapters/kube/kube-error.ts'),
  ]);
  return withCluster(words, io, async (transport) => {
    const view: ClusterView = await readCluster(transport);
    const reread = async ({ pod }: Parameters<Gathered['parts']['reread']>[0]) => {
      try {
        return scanSubject(
          keepPod(asRecord(await transport.request({ method: 'GET', path: corePath('pods', pod.namespace, pod.name) }))),
          authority,
        );
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    };
    return scanGathered(gatherCluster(view, authority, { namespace: words.namespace, scanner: chosen, reread }), said, io);
  });
}

async function scanGathered({ subjects, parts, namespaces, skipped }: Gathered, said: string, io: Io): Promise<ScanRun> {
  io.err(
    `Scanning ${subjects.length} ${subjects.length === 1 ? 'pod' : 'pods'} in ${namespaces.length} ${namespaces.length === 1 ? 'namespace' : 'namespaces'}, ${said}${parts.sockets === undefined ? '' : ', and from inside'}\n`,
  );
  const progress = (done: number, total: number) => {
    if (io.progress) io.err(`\r${done}/${total}${done === total ? '\r        \r' : ''}`);
  };
  const scans = await scanMany(subjects, parts, { signal: io.stop, progress });
  for (const { pod, reason } of skipped) io.err(`not scanned: ${pod.namespace}/${pod.name}: ${reason}\n`);
  return { scans, namespaces };
}

/** 1 for a violation in enforce, 3 where a scan failed; the highest. */
export function scanCode(scans: readonly PodScan[], authority: Authority): ExitCode {
  return worst(
    scans.flatMap((scan): ExitCode[] => {
      if (scan.outcome === 'discarded') return [EXIT.failed];
      const isEnforced = authority.namespace(scan.pod.namespace).mode === 'enforce';
      const failed = scan.outside.some(({ view }) => !view.known);
      const violates = isEnforced && scan.findings.some(({ severity }) => severity === 'violation');
      return [failed ? EXIT.failed : EXIT.clean, violates ? EXIT.violations : EXIT.clean];
    }),
  );
}
