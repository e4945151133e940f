import { formatIssue } from '../core/document.ts';
import type { TemplateState } from './template-state.ts';

/** What the operator sees in the status: the template in force, what was refused, and the namespaces that need a person. */
export function statusOf(state: TemplateState, conflicts: ReadonlyMap<string, readonly string[]>): Readonly<Record<string, unknown>> {
  return {
    template: state.template?.hash ?? 'none: no template was ever accepted',
    refused: state.refused.flatMap(({ name, issues }) => [`ConfigMap ${name}:`, ...issues.map((issue) => `  ${formatIssue(issue)}`)]),
    conflicts: [...conflicts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([namespace, names]) => `${namespace}: ${names.join(', ')} belongs to somebody else`),
  };
}
