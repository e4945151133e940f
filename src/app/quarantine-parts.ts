import type { Authority } from '../core/authority.ts';
import type { Port } from '../core/port.ts';
import type { QuarantineState } from '../core/quarantine.ts';
import type { ReleaseBook } from '../core/release.ts';
import type { Announcer, Clock, ClusterView, Log, Metrics, QuarantineLabel, ReleaseStore, Scanner } from '../ports.ts';
import type { Prober } from './prober.ts';
import type { PodResult } from './scan-results.ts';

/** What it takes to shut off pods and to let them go. */
export interface QuarantineParts {
  authority(): Authority | undefined;
  readonly view: Pick<ClusterView, 'pods' | 'policies'>;
  readonly label: QuarantineLabel;
  readonly releases: Pick<ReleaseStore, 'write'>;
  /** Absent: there is no outside view, and nothing is ever claimed. */
  readonly scanner?: Scanner;
  prober(): Prober;
  /** The namespace of the agents, which show that probes get to their nodes. */
  readonly agents: string;
  readonly announce: Pick<Announcer, 'pod'>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  /** What is known of quarantined pods changed. */
  changed(): void;
}

/** What is remembered of one pod, by its uid. */
export interface TrackedPod {
  readonly namespace: string;
  readonly name: string;
  now?: PodResult;
  /** Absent: not in quarantine. */
  state?: QuarantineState;
  /** What we wrote last; the watch tells of it some time later. */
  own?: { readonly quarantined: boolean; readonly at: Date };
  /** The ports that it is in quarantine for. */
  ports: readonly Port[];
  /** Probes in a row after which some port was not shut. */
  attempts: number;
  /** What was told last, so that it is told once. */
  told: string;
}

/** One turn of work on one pod. */
export interface QuarantineTurn extends QuarantineParts {
  readonly uid: string;
  readonly tracked: TrackedPod;
  readonly book: ReleaseBook;
  readonly signal: AbortSignal;
  /** Asks for another turn. */
  again(delayMs: number): void;
}
