import { findProber, type Prober } from '../app/prober.ts';
import { VERSION } from '../version.ts';
import { asCommandError } from './cluster.ts';
import { CommandError, EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { probingPod } from './own-pods.ts';
import { type ChosenEngine, chooseEngine } from './scan-engine.ts';
import type { LiveCluster } from './scan-inside.ts';
import type { Outside } from './scan-words.ts';

/** A scanner of the outside view, and what its probes prove. */
export interface ChosenOutside extends ChosenEngine {
  readonly prober: Prober;
  /** A line for the person, where what is seen may not be what a stranger sees. */
  readonly warning?: string;
}

const NOT_ASKED = 'no outside view was asked for';

const NO_POD: Prober = { known: false, reason: 'it was not probed from a pod' };

const FROM_HERE =
  'probing from this machine, which is no pod of the cluster: a node reaches its own pods whatever the policies say, and others may reach none';

/** Where the probes come from: a pod of Portcullis if there is one, since policies bind pods and not nodes. */
export async function chooseOutside(
  { outside, engine }: { readonly outside: Outside; readonly engine: string },
  cluster: LiveCluster,
  io: Pick<Io, 'env' | 'stop'>,
): Promise<ChosenOutside> {
  if (outside === 'off' || engine === 'off') return { said: NOT_ASKED, prober: NO_POD };
  const here = async () => ({ ...(await chooseEngine(engine, io.env.PATH ?? '')), prober: NO_POD });
  if (outside === 'here') return here();
  try {
    return await fromPod(engine, cluster, io);
  } catch (error) {
    if (outside === 'pod') throw asCommandError(error);
    const why = error instanceof Error ? error.message : String(error);
    // What runs in a pod sees what a stranger sees: nothing to warn of.
    return io.env.KUBERNETES_SERVICE_HOST === undefined ? { ...(await here()), warning: `${FROM_HERE} (${why})` } : here();
  }
}

async function fromPod(engine: string, cluster: LiveCluster, { stop }: Pick<Io, 'stop'>): Promise<ChosenOutside> {
  const pod = probingPod(cluster.view, cluster.own);
  if (pod === undefined) throw new CommandError(EXIT.failed, `no controller of Portcullis runs in namespace ${cluster.own}`);
  const [{ podExec }, { execScanner }] = await Promise.all([
    import('../adapters/kube/exec.ts'),
    import('../adapters/kube/exec-scanner.ts'),
  ]);
  const exec = podExec(cluster.identity, { version: VERSION });
  const from = { namespace: pod.namespace, pod: pod.name, container: 'controller' };
  const scanner = await execScanner({ exec, from, engine, signal: stop });
  return {
    scanner,
    said: `from outside in the pod ${pod.namespace}/${pod.name} with ${scanner.engine.replace('pod/', '')}`,
    prober: findProber(cluster.view, { namespace: pod.namespace, pod: pod.name }),
  };
}
