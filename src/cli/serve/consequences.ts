import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { kubeReportStore } from '../../adapters/kube/policy-reports.ts';
import { kubeQuarantineLabel } from '../../adapters/kube/quarantine.ts';
import { configMapReleaseStore, RELEASES_CONFIGMAP } from '../../adapters/kube/releases.ts';
import { connectScanner } from '../../adapters/scan/connect.ts';
import { followAgents } from '../../app/agent-states.ts';
import { startEnforcement } from '../../app/enforcement.ts';
import { findProber } from '../../app/prober.ts';
import { keepQuarantine } from '../../app/quarantine.ts';
import { keepTrail } from '../../app/release-trail.ts';
import { writeReports } from '../../app/reports.ts';
import type { ResultListener } from '../../app/scan-results.ts';
import type { ProvenState } from '../../app/status.ts';
import { startTimer } from '../../app/work-queue.ts';
import type { Announcer, SocketWatch, Stop } from '../../ports.ts';
import { CLOCK } from './gate.ts';
import type { ClusterParts } from './parts.ts';

/** Between two writes of the report of one namespace. */
const REPORT_SPACING_MS = 10_000;
/** Somebody may install a CRD. */
const DISCOVER_MS = 3 * 60_000;
const PRUNE_MS = 60 * 60_000;
const SOON_MS = 250;
const AGENTS_MS = 5_000;

export interface ConsequenceParts extends ClusterParts {
  readonly announce: Announcer;
  /** The agents that run; absent: nobody asks them. */
  readonly agents?: SocketWatch['nodes'] | undefined;
  /** What `proven` answers changed. */
  changed(): void;
}

/** What follows from scans: proof that policies are enforced, quarantine, reports. */
export interface Consequences {
  /** To be told of every result. */
  readonly listeners: readonly ResultListener[];
  proven(): ProvenState;
  readonly stop: Stop;
}

/** Starts them all. Nothing is probed where no outside view was asked for. */
export function startConsequences(parts: ConsequenceParts): Consequences {
  const { options, transport, watch, log, keeper } = parts;
  const { view } = watch;
  const prober = () => findProber(view, { namespace: options.namespace, pod: hostname() });
  const told = soon(parts.changed);
  const agentNamespace = { agents: options.agentNamespace };
  const shared = { ...parts, view, clock: CLOCK, prober, authority: keeper.authority, changed: told.ask };
  const health = parts.health(`configmaps/${RELEASES_CONFIGMAP}`);
  const store = configMapReleaseStore(transport, {
    namespace: options.namespace,
    health,
  });
  const scanner = options.engine === 'off' ? {} : { scanner: connectScanner() };
  const quarantine = keepQuarantine({ ...shared, ...scanner, ...agentNamespace, label: kubeQuarantineLabel(transport), releases: store });
  const trail = keepTrail({ view, store, clock: CLOCK });
  const reports = writeReports({ store: kubeReportStore(transport), clock: CLOCK, log, spacingMs: REPORT_SPACING_MS });
  const enforcement =
    scanner.scanner === undefined
      ? undefined
      : startEnforcement({
          ...{ ...shared, ...agentNamespace, scanner: scanner.scanner, ownNamespace: options.namespace },
          ...{ inPlace: parts.observed.inPlace, periodMs: options.enforcementPeriodSeconds * 1000 },
          pause: (ms, signal) => pause(ms, undefined, { signal }).catch(() => {}),
        });
  const agents = parts.agents && followAgents({ ...shared, agents: parts.agents, everyMs: AGENTS_MS, later: startTimer });
  const stopBook = store.watch((book) => {
    trail.booked(book);
    quarantine.booked(book);
  });
  void reports.discover();
  const prune = () => void trail.prune().catch((error) => log.warn('old releases could not be forgotten', { error: asError(error) }));
  const timers = [setInterval(reports.discover, DISCOVER_MS), setInterval(prune, PRUNE_MS)];
  return {
    listeners: [...(enforcement === undefined ? [] : [enforcement.listener]), quarantine.listener, reports.listener],
    proven: () => ({
      nodes: enforcement?.nodes() ?? new Map(),
      namespaces: enforcement?.namespaces() ?? new Map(),
      agents: agents?.all(),
      quarantined: quarantine.quarantined(),
    }),
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      told.stop();
      agents?.stop();
      await Promise.all([enforcement?.stop(), quarantine.stop(), reports.stop(), stopBook()]);
      health.ended();
    },
  };
}

/** Acts a moment after it was asked, once for all who asked meanwhile: a round over thousands of nodes is one status. */
function soon(act: () => void): { ask(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    ask: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        act();
      }, SOON_MS);
    },
    stop: () => clearTimeout(timer),
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
