import { configMapAcceptedStore } from '../../adapters/kube/accepted-template.ts';
import { configMapStatusBoard } from '../../adapters/kube/status-board.ts';
import { type LatestWriter, makeLatestWriter } from '../../app/latest-writer.ts';
import type { TemplateGroup } from '../../ports.ts';
import type { ClusterParts } from './parts.ts';

const RETRY_MS = 2_000;

/** What the controller writes down of its own state. */
export interface StateWriters {
  readonly accepted: LatestWriter<readonly TemplateGroup[]>;
  readonly status: LatestWriter<Readonly<Record<string, unknown>>>;
}

/** The accepted template and the status, each written as often as it changes and again where a write failed. */
export function stateWriters({ transport, options, log }: ClusterParts): StateWriters {
  const accepted = configMapAcceptedStore(transport, options.namespace);
  const board = configMapStatusBoard(transport, options.namespace);
  const failed = (what: string) => (error: unknown) =>
    log.warn(`${what} could not be written`, { error: error instanceof Error ? error : String(error) });
  return {
    accepted: makeLatestWriter<readonly TemplateGroup[]>({
      // Nothing accepted is nothing to keep: what was kept before stays.
      write: async (groups) => (groups.length === 0 ? undefined : accepted.write(groups)),
      failed: failed('the accepted template'),
      retryMs: RETRY_MS,
    }),
    status: makeLatestWriter({ write: board.write, failed: failed('the status'), retryMs: RETRY_MS }),
  };
}
