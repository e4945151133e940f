import { ACCEPTED_CONFIGMAP, configMapAcceptedStore } from '../../adapters/kube/accepted-template.ts';
import { configMapStatusBoard, STATUS_CONFIGMAP } from '../../adapters/kube/status-board.ts';
import { type LatestWriter, makeLatestWriter } from '../../app/latest-writer.ts';
import { makePace, type Pace } from '../../app/pace.ts';
import type { AcceptedStore, Log, Stop, TemplateGroup } from '../../ports.ts';
import type { ClusterParts } from './parts.ts';

const RETRY_MS = 2_000;

/** Somebody who insists, and is a program, is not answered at his own pace. */
const PUT_BACK: Pace = { burst: 5, everyMs: 1_000 };

/** What the controller writes down of its own state. */
export interface StateWriters {
  readonly accepted: Pick<LatestWriter<readonly TemplateGroup[]>, 'write'>;
  readonly status: Pick<LatestWriter<Readonly<Record<string, unknown>>>, 'write'>;
  /** Writes nothing more. */
  readonly stop: Stop;
}

/** The accepted template and the status, each written as often as it changes, and again where a write failed or somebody deleted or changed it. */
export function stateWriters({ transport, options, log, health }: ClusterParts): StateWriters {
  const ears = { accepted: health(`configmaps/${ACCEPTED_CONFIGMAP}`), status: health(`configmaps/${STATUS_CONFIGMAP}`) };
  const accepted = configMapAcceptedStore(transport, options.namespace, ears.accepted);
  const board = configMapStatusBoard(transport, options.namespace, ears.status);
  const writers = {
    accepted: keptWriter({
      name: ACCEPTED_CONFIGMAP,
      // Nothing accepted is nothing to keep: what was kept before stays.
      write: async (groups: readonly TemplateGroup[]) => (groups.length === 0 ? undefined : accepted.write(groups)),
      watch: accepted.watch,
      log,
    }),
    status: keptWriter({ name: STATUS_CONFIGMAP, ...board, log }),
  };
  return {
    ...writers,
    stop: async () => {
      await Promise.all([writers.accepted.stop(), writers.status.stop()]);
      ears.accepted.ended();
      ears.status.ended();
    },
  };
}

interface Kept<T> {
  readonly name: string;
  readonly write: (value: T) => Promise<void>;
  readonly watch: AcceptedStore['watch'];
  readonly log: Log;
}

/** A writer whose latest value is put back where somebody else deletes or changes it. */
function keptWriter<T>({ name, write, watch, log }: Kept<T>): Pick<LatestWriter<T>, 'write' | 'stop'> {
  const failed = (error: unknown) =>
    log.warn('a ConfigMap could not be written', { name, error: error instanceof Error ? error : String(error) });
  const writer = makeLatestWriter<T>({ write, failed, retryMs: RETRY_MS });
  const pace = makePace(PUT_BACK, () => performance.now());
  let timer: NodeJS.Timeout | undefined;
  const putBack = () => {
    timer = undefined;
    const wait = pace();
    if (wait > 0) timer = setTimeout(putBack, wait);
    else writer.again();
  };
  const stopWatching = watch((how) => {
    if (timer !== undefined) return;
    log.warn(`a ConfigMap was ${how} by somebody else and is put back`, { name });
    putBack();
  });
  return {
    write: writer.write,
    stop: async () => {
      await stopWatching();
      clearTimeout(timer);
      await writer.stop();
    },
  };
}
