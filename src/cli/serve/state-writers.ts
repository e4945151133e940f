import { ACCEPTED_CONFIGMAP, configMapAcceptedStore } from '../../adapters/kube/accepted-template.ts';
import { corePath } from '../../adapters/kube/paths.ts';
import { watchRemoval } from '../../adapters/kube/removal-watch.ts';
import { configMapStatusBoard, STATUS_CONFIGMAP } from '../../adapters/kube/status-board.ts';
import { type LatestWriter, makeLatestWriter } from '../../app/latest-writer.ts';
import type { Stop, TemplateGroup } from '../../ports.ts';
import type { ClusterParts } from './parts.ts';

const RETRY_MS = 2_000;

/** What the controller writes down of its own state. */
export interface StateWriters {
  readonly accepted: LatestWriter<readonly TemplateGroup[]>;
  readonly status: LatestWriter<Readonly<Record<string, unknown>>>;
  /** Writes nothing more. */
  readonly stop: Stop;
}

/** The accepted template and the status, each written as often as it changes, and again where a write failed or somebody deleted it. */
export function stateWriters({ transport, options, log, health }: ClusterParts): StateWriters {
  const accepted = configMapAcceptedStore(transport, options.namespace);
  const board = configMapStatusBoard(transport, options.namespace);
  const failed = (what: string) => (error: unknown) => log.warn(`${what} could not be written`, { error: asError(error) });
  const writers = {
    accepted: makeLatestWriter<readonly TemplateGroup[]>({
      // Nothing accepted is nothing to keep: what was kept before stays.
      write: async (groups) => (groups.length === 0 ? undefined : accepted.write(groups)),
      failed: failed('the accepted template'),
      retryMs: RETRY_MS,
    }),
    status: makeLatestWriter<Readonly<Record<string, unknown>>>({ write: board.write, failed: failed('the status'), retryMs: RETRY_MS }),
  };
  const put = (name: string, { again }: Pick<LatestWriter<unknown>, 'again'>): Stop => {
    const ears = health(`configmaps/${name}`);
    const stop = watchRemoval(transport, {
      path: corePath('configmaps', options.namespace),
      name,
      removed: () => {
        log.warn('a ConfigMap was deleted by somebody else and is put back', { name });
        again();
      },
      health: ears,
    });
    return async () => {
      await stop();
      ears.ended();
    };
  };
  const stops = [put(ACCEPTED_CONFIGMAP, writers.accepted), put(STATUS_CONFIGMAP, writers.status)];
  return {
    ...writers,
    stop: async () => {
      await Promise.all([...stops.map((stop) => stop()), writers.accepted.stop(), writers.status.stop()]);
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
