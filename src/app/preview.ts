import type { Authority } from '../core/authority.ts';
import type { SeenPort } from '../core/learn/seen.ts';
import { lostPorts } from '../core/preview/lost-ports.ts';
import { type PolicyChange, policyChanges } from '../core/preview/policy-changes.ts';
import { type Preview, previewOf } from '../core/preview/preview.ts';
import { makers, type World } from '../core/reach/world.ts';

export interface PreviewParts {
  readonly before: Authority;
  readonly after: Authority;
  readonly world: World;
  readonly seen: readonly SeenPort[];
  /** The addresses of the API server. */
  readonly apiServer: readonly string[];
}

export interface WholePreview extends Preview {
  readonly policies: readonly PolicyChange[];
  /** Ports that listen now and would be authorized no longer. */
  readonly lost: readonly SeenPort[];
}

/** Everything that changes from one template to the other, for the namespaces that exist or that either of them lists. */
export function preview({ before, after, world, seen, apiServer }: PreviewParts): WholePreview {
  const listed = [before, after].flatMap(({ template }) => template.namespaces.flatMap(({ name }) => (name.endsWith('*') ? [] : [name])));
  const facts = { namespaces: [...new Set([...world.namespaces.keys(), ...listed])].sort(), apiServer };
  const workloads = makers(world)
    .filter(({ faults }) => faults.length === 0)
    .map(({ workload }) => workload);
  return {
    ...previewOf({ before, after, workloads, cluster: facts }),
    policies: policyChanges(before, after, facts),
    lost: lostPorts(before, after, { world, seen }),
  };
}

/** Whether the templates mean the same for everybody who is known. */
export function isEmptyPreview({ modes, workloads, silenced, opens, closes, policies, lost }: WholePreview): boolean {
  return [modes, workloads, silenced, opens, closes, policies, lost].every((list) => list.length === 0);
}
