import { type Result, run } from './proc.ts';
import { kubeconfigPath, type User } from './users.ts';

/** Runs kubectl to its end and answers its exit code and output. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<Result>;

interface KubectlOptions {
  readonly stdin?: string;
  readonly user?: User;
}

/** Milliseconds; a kubectl that runs longer is killed (code null). */
const TIMEOUT = 60_000;

/**
 * A kubectl for the users of the control plane in a work folder. Its HOME is that folder: it keeps its discovery cache there. The file is
 * an argument: where the one of KUBECONFIG is gone, kubectl would ask whatever listens at localhost:8080.
 */
export function kubectlFor(program: string, folder: string): Kubectl {
  return (args, { stdin = '', user = 'admin' } = {}) => {
    const env = { PATH: process.env.PATH, HOME: folder };
    return run([program, '--kubeconfig', kubeconfigPath(folder, user), ...args], { stdin, env, timeout: TIMEOUT });
  };
}
