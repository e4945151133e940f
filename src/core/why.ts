import type { Workload } from './workload.ts';

/** Longer warnings may be cut by the API server (Kubernetes: Dynamic Admission Control, "Response"). */
const MAX_WARNING = 120;

/** The command that tells more of a decision about this workload. */
export function explainCommand({ kind, namespace, name }: Pick<Workload, 'kind' | 'namespace' | 'name'>): string {
  return `kubectl portcullis explain ${kind.toLowerCase()}/${name} -n ${namespace}`;
}

/** The last warning of an audit: what it comes to, and where to read on; where that would be too long for a line, by whom the mode is. */
export function lastAuditWarning(what: string, origin: string, workload: Workload): string {
  const whole = `portcullis audit: ${what}; ${explainCommand(workload)}`;
  return workload.name !== '' && whole.length <= MAX_WARNING ? whole : `portcullis audit: ${what} (${origin})`;
}
