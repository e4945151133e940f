import { folderCertificateStore } from '../../adapters/certs/folder.ts';
import { policyFolder } from '../../adapters/files/policy-folder.ts';
import { templateFiles } from '../../adapters/files/template-files.ts';
import { createLog } from '../../adapters/log/log.ts';
import { createMetrics } from '../../adapters/metrics/metrics.ts';
import { readDocuments, TEMPLATE_LIMITS } from '../../adapters/yaml/read.ts';
import { writeDocuments } from '../../adapters/yaml/write.ts';
import { type FolderPairs, makeFolderPairs } from '../../app/folder-pairs.ts';
import { makeReview, type Review } from '../../app/review.ts';
import { makeTemplateKeeper, type TemplateKeeper } from '../../app/template-keeper.ts';
import { allowed } from '../../core/admission.ts';
import type { PodState } from '../../core/cluster-state.ts';
import type { SourceText } from '../../core/document.ts';
import type { Log } from '../../ports.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { localPod, localTargetSockets } from '../scan-gather.ts';
import { CLOCK, runGate, runMetrics } from './gate.ts';
import type { ServeOptions } from './options.ts';
import { startScans } from './scans.ts';
import { stopped } from './stopped.ts';

/** Runs the same gate with no cluster: the template from files, the policies into a folder, until it is asked to stop. */
export async function serveFiles(options: ServeOptions, io: Io): Promise<ExitCode> {
  const log = createLog();
  const metrics = createMetrics(CLOCK, { process: true });
  const pairs = makeFolderPairs(policyFolder(options.policies ?? '', { read: readDocuments, write: writeDocuments }), log);
  const keeper = makeTemplateKeeper({
    read: (source: SourceText) => readDocuments(source, TEMPLATE_LIMITS),
    ownNamespace: options.namespace,
    agentNamespace: options.agentNamespace,
    metrics,
    log,
    changed: (authority) => {
      watched(pairs.bring(authority), log);
      scans?.templateChanged();
    },
    settled: () => {},
  });
  const scans = await startScans(options, io.env.PATH ?? '', {
    authority: keeper.authority,
    sockets: localTargetSockets(options.scanTargets),
    announce: { pod: () => {} },
    metrics,
    log,
  });
  const podAdmitted = (pod: PodState) => scans?.podChanged(pod, false);
  const stopSource = await templateFiles(options.template ?? '').watch((groups) => keeper.take(groups));
  const missing = () => (keeper.authority() === undefined ? ['no template was ever accepted'] : []);
  const parts = {
    options,
    certificates: folderCertificateStore(options.certificates ?? ''),
    metrics,
    log,
    missing,
    review: filesReview({ keeper, pairs, log, options, podAdmitted }),
    modeOf: (request: Parameters<Review['validate']>[0]) => keeper.authority()?.namespace(request.namespace || request.name).mode ?? 'none',
  };
  const metricsServer = await runMetrics(parts);
  const gate = await runGate(parts);
  io.err(`portcullis: the gate listens on ${options.host}:${gate.port}\n`);
  await stopped(io.stop);
  await gate.stop();
  await metricsServer.stop();
  await scans?.stop();
  await stopSource();
  return EXIT.clean;
}

interface FilesReview {
  readonly keeper: TemplateKeeper;
  readonly pairs: FolderPairs;
  readonly options: ServeOptions;
  readonly log: Log;
  podAdmitted(pod: PodState): void;
}

/** In this way of running, and only in it, a real review has a side effect: a created namespace gets its files, an admitted pod its scan. */
function filesReview({ keeper, pairs, log, options, podAdmitted }: FilesReview): Review {
  const review = makeReview({
    facts: () => {
      const authority = keeper.authority();
      if (authority === undefined) return undefined;
      return {
        authority,
        pairObserved: pairs.inPlace,
        terminating: () => false,
        isController: () => false,
        policiesManaged: true,
        get cluster() {
          return pairs.facts();
        },
      };
    },
    // The template comes from files: ConfigMaps are not judged.
    templateEdit: () => allowed('not-judged'),
  });
  return {
    mutate: review.mutate,
    validate: (request) => {
      const answer = review.validate(request);
      if (!answer.allowed || request.dryRun || request.operation !== 'CREATE') return answer;
      if (request.resource.resource === 'namespaces') watched(pairs.created(request.name), log);
      const target = options.scanTargets.find(({ namespace, name }) => namespace === request.namespace && name === request.name);
      if (request.resource.resource === 'pods' && target !== undefined) podAdmitted(localPod(target, request.object));
      return answer;
    },
  };
}

function watched(work: Promise<void>, log: Log): void {
  work.catch((error: unknown) =>
    log.error('the policy files could not be written', { error: error instanceof Error ? error : String(error) }),
  );
}
