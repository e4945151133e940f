import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { folderCertificateStore } from '../../src/adapters/certs/folder.ts';
import { keepTemplate } from '../../src/adapters/kube/configmaps.ts';
import { createLog } from '../../src/adapters/log/log.ts';
import { createMetrics, type ReadableMetrics } from '../../src/adapters/metrics/metrics.ts';
import { readDocuments, TEMPLATE_LIMITS } from '../../src/adapters/yaml/read.ts';
import { makeReview } from '../../src/app/review.ts';
import { decideTemplateEdit } from '../../src/app/template-edit.ts';
import { makeTemplateKeeper, type TemplateKeeper } from '../../src/app/template-keeper.ts';
import { CLOCK, runGate } from '../../src/cli/serve/gate.ts';
import type { ServeOptions } from '../../src/cli/serve/options.ts';
import type { AdmissionRequest } from '../../src/core/admission.ts';
import type { SourceText } from '../../src/core/document.ts';
import type { Log } from '../../src/ports.ts';
import { CONTROLLER, FUZZ_TEMPLATE, isTerminating, isWaiting, OWN_NAMESPACE } from './fuzz-template.ts';

/** The gate as `serve` runs it (TLS, decoding, decisions, metrics, log), with facts that stand still instead of a cluster's. */
export interface FuzzGate {
  readonly port: number;
  readonly ca: string;
  readonly metrics: ReadableMetrics;
  stop(): Promise<void>;
}

const OPTIONS: ServeOptions = {
  role: 'webhook',
  namespace: OWN_NAMESPACE,
  agentNamespace: 'portcullis-agent',
  service: 'portcullis-webhook',
  host: '127.0.0.1',
  port: 0,
  metricsPort: 0,
  addresses: ['127.0.0.1'],
  failClosed: false,
  scanTargets: [],
  engine: 'off',
  scanPeriodSeconds: 600,
  enforcementPeriodSeconds: 60,
  stopDelaySeconds: 0,
};

const read = (source: SourceText) => readDocuments(source, TEMPLATE_LIMITS);

/** Starts it on a free port of the loopback, with its certificates in this folder. Every line of its log is handed over. */
export async function startFuzzGate(logged: (line: string) => void, folder: string): Promise<FuzzGate> {
  const log = createLog(new Writable({ write: (chunk, _, done) => done(void logged(String(chunk))) }));
  const metrics = createMetrics(CLOCK);
  const keeper = keeperOf(log, metrics);
  const modeOf = ({ namespace, name }: AdmissionRequest) => keeper.authority()?.namespace(namespace || name).mode ?? 'none';
  const certificates = folderCertificateStore(folder);
  const gate = await runGate({ options: OPTIONS, review: reviewOf(keeper), certificates, metrics, log, missing: () => [], modeOf });
  const ca = await readFile(join(folder, 'ca.crt'), 'utf8');
  return { port: gate.port, ca, metrics, stop: async () => gate.stop() };
}

function keeperOf(log: Log, metrics: ReadableMetrics): TemplateKeeper {
  const nothing = () => {};
  const keeper = makeTemplateKeeper({ read, ownNamespace: OWN_NAMESPACE, metrics, log, changed: nothing, settled: nothing });
  keeper.take([{ name: 'portcullis-template', documents: [{ document: 'template.yaml', text: FUZZ_TEMPLATE }] }]);
  if (keeper.authority() === undefined) throw new Error('the template of the fuzzed reviews is bad');
  return keeper;
}

function reviewOf(keeper: TemplateKeeper) {
  const cluster = { namespaces: ['shop', 'web', 'host', 'pr-1'], apiServer: ['10.0.0.1'] };
  return makeReview({
    facts: () => {
      const authority = keeper.authority();
      if (authority === undefined) return undefined;
      return {
        authority,
        pairObserved: (namespace) => !isWaiting(namespace),
        terminating: isTerminating,
        isController: (username) => username === CONTROLLER,
        policiesManaged: true,
        cluster,
      };
    },
    templateEdit: (request) =>
      decideTemplateEdit(request, {
        keeper,
        read,
        ownNamespace: OWN_NAMESPACE,
        groupOf: keepTemplate,
        runningPods: () => [],
        cluster: () => cluster,
      }),
  });
}
