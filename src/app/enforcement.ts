import type { Enforcement } from '../core/enforcement.ts';
import type { Announcer, ClusterView, Metrics, Stop } from '../ports.ts';
import { type NamespaceProofParts, proveNamespaces } from './enforcement-namespaces.ts';
import { type NodeProofParts, proveNodes } from './enforcement-nodes.ts';
import { makeStanding } from './enforcement-standing.ts';
import { awaitFirstProofs } from './first-proofs.ts';
import type { ResultListener } from './scan-results.ts';

export interface EnforcementParts extends Omit<NamespaceProofParts, 'standing' | 'view' | 'pause'>, Pick<NodeProofParts, 'agents'> {
  readonly view: ClusterView;
  /** Portcullis' own: where people are told of nodes. */
  readonly ownNamespace: string;
  readonly announce: Pick<Announcer, 'namespace'>;
  readonly metrics: Metrics;
  readonly periodMs: number;
  /** Told when what is proven changed. */
  changed(): void;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

export interface RunningEnforcement {
  readonly listener: ResultListener;
  nodes(): ReadonlyMap<string, Enforcement>;
  namespaces(): ReadonlyMap<string, Enforcement>;
  readonly stop: Stop;
}

const NO_NODES: ReadonlySet<string> = new Set();

/**
 * Proves every period, the first time at once, that policies are enforced: per node by the canaries of its agent, per namespace by scans. Where
 * a node has no proof yet, since its agent still starts, it is looked at again sooner.
 */
export function startEnforcement(parts: EnforcementParts): RunningEnforcement {
  const stopping = new AbortController();
  const { signal } = stopping;
  const { announce, metrics, log, changed } = parts;
  const inOwn = (_: string, reason: string, message: string) => announce.namespace(parts.ownNamespace, reason, message);
  const nodes = makeStanding({ scope: 'node', tell: inOwn, metrics, log, changed });
  const namespaces = makeStanding({ scope: 'namespace', tell: announce.namespace, metrics, log, changed });
  const pause = (ms: number) => parts.pause(ms, signal);
  const proof = proveNamespaces({ ...parts, standing: namespaces, pause });
  const prove = async (known: ReadonlySet<string>) =>
    proveNodes({ ...parts, standing: nodes, pause, known }, signal).catch((error: unknown) =>
      log.warn('the enforcement on the nodes could not be proved', { error: error instanceof Error ? error : String(error) }),
    );
  const rounds = async () => {
    const first = awaitFirstProofs(nodes.all);
    while (!signal.aborted) {
      await prove(NO_NODES);
      proof.refresh();
      for (let left = parts.periodMs; left > 0 && !signal.aborted; ) {
        first.tried();
        const wait = Math.min(left, first.nextTryMs());
        await pause(wait);
        left -= wait;
        if (left > 0) await prove(first.proven());
      }
    }
  };
  const ended = rounds();
  return {
    listener: proof.listener,
    nodes: nodes.all,
    namespaces: namespaces.all,
    stop: async () => {
      stopping.abort();
      await Promise.all([proof.stop(), ended]);
    },
  };
}
