import type { Command } from 'commander';
import type { Identity } from '../adapters/kube/identity.ts';
import type { KubeError } from '../adapters/kube/kube-error.ts';
import type { KubeTransport } from '../adapters/kube/transport.ts';
import { VERSION } from '../version.ts';
import { CommandError, EXIT } from './exit-code.ts';
import type { Io } from './io.ts';

/** Which cluster a command means. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Adds the words that name a cluster. */
export function clusterWords(command: Command): Command {
  return command.option('--kubeconfig <file>', 'the kubeconfig to use').option('--context <name>', 'the context of the kubeconfig');
}

/** Does the work over a connection, which is closed afterwards. What the cluster refuses or fails at is a CommandError with code 3. */
export async function withCluster<T>(
  { kubeconfig, context }: ClusterOptions,
  io: Io,
  work: (transport: KubeTransport, identity: Identity) => Promise<T>,
): Promise<T> {
  // Loaded here, so that commands without a cluster never pay for the client library.
  const [{ findAccess, openIdentity }, { transportFor }] = await Promise.all([
    import('../adapters/kube/access.ts'),
    import('../adapters/kube/transport.ts'),
  ]);
  let transport: KubeTransport | undefined;
  try {
    const identity = await openIdentity(await findAccess({ kubeconfig, context, env: io.env }));
    transport = transportFor(identity, { version: VERSION });
    return await work(transport, identity);
  } catch (error) {
    throw asCommandError(error, transport);
  } finally {
    transport?.close();
  }
}

/**
 * What the cluster refused or failed at, as an error for the person at the terminal; any other error as it is. Known by its name, so that
 * nothing of the client is loaded for it.
 */
export function asCommandError(error: unknown, { server }: { readonly server?: string } = {}): unknown {
  if (!(error instanceof Error) || error.name !== 'KubeError') return error;
  const { reason } = error as KubeError;
  const isAway = reason === 'Unreachable' || reason === 'Timeout';
  const where = server !== undefined && isAway ? ` at ${server}` : '';
  return new CommandError(EXIT.failed, `the cluster${where}: ${error.message}${HINTS.get(reason) ?? ''}`);
}

const HINTS: ReadonlyMap<string, string> = new Map([
  ['Unreachable', '; is it up, and is it the one of your context? (kubectl cluster-info)'],
  ['Unauthorized', '; log in again, or name another context with --context'],
]);
