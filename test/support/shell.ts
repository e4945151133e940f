import { type Result, run } from '../cluster/proc.ts';

/** Milliseconds; deleting what is installed waits for its namespaces to go. */
const TIMEOUT = 120_000;

/** Where lines are typed: the folder, the cluster of the prompt, and the folder with kubectl. */
export interface Prompt {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly programs: string;
}

/**
 * Runs lines as a person types them, and stops at the first that fails. The kubeconfig is an argument of every kubectl: where the one of
 * KUBECONFIG is gone, kubectl would ask whatever listens at localhost:8080.
 */
export function runShell(lines: string, { folder, kubeconfig, programs }: Prompt): Promise<Result> {
  const kubectl = `kubectl() { '${programs}/kubectl' --kubeconfig '${kubeconfig}' "$@"; }`;
  const env = { PATH: process.env.PATH, HOME: folder };
  return run(['bash', '-euo', 'pipefail', '-c', `cd '${folder}'\n${kubectl}\n${lines}`], { env, timeout: TIMEOUT });
}
