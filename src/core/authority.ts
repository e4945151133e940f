import { AGENT_NAMESPACE } from './agent-names.ts';
import { type Grant, type GrantIndex, indexGrants } from './grants.ts';
import type { NamespaceEntry, Rule, Template } from './template/model.ts';
import { arrangeEntries, nameMatches, type ResolvedNamespace, resolveNamespace } from './template/resolve.ts';

/**
 * A template made ready for questions: what a namespace is, and what its pods may listen on. Answers are worked out once per namespace
 * and remembered, so that neither the number of namespaces nor the number of rules shows in the cost of a decision.
 */
export interface Authority {
  readonly template: Template;
  /** Every namespace that is exempt: Portcullis' own, the system's, and those that the template names. Exact names or prefix patterns. */
  readonly exempt: readonly string[];
  namespace(name: string): ResolvedNamespace;
  /** The permitted connections that end in the namespace. Empty for an exempt namespace. */
  grants(name: string): GrantIndex;
  /** The entry of a namespace that is not exempt. */
  entry(name: string): NamespaceEntry | undefined;
  /** Whether some rule means pods of namespaces that a pattern stands for: then the policies of one namespace depend on which others exist. */
  readonly hasPatterns: boolean;
}

/** Names come from callers: what is remembered stays bounded, in number and in size. */
const REMEMBERED_NAMESPACES = 20_000;

/** The longest name of a namespace (RFC 1123 label); a longer one is no namespace, and its answer is not kept. */
const LONGEST_NAME = 63;

/** What a cluster needs to start. No webhook entry of `deploy/` asks about them either, and no template can change that (case 15). */
const SYSTEM_NAMESPACES = ['kube-system', 'kube-node-lease', 'kube-public'];

/** Prepares the template. Where Portcullis and its agents run, and the system's namespaces, are exempt like those that the template names. */
export function makeAuthority(template: Template, ownNamespace: string, agentNamespace = AGENT_NAMESPACE): Authority {
  const whole: Template = { ...template, exempt: [...new Set([ownNamespace, agentNamespace, ...SYSTEM_NAMESPACES, ...template.exempt])] };
  const entries = arrangeEntries(whole);
  const outward = collectOutward(whole);
  const namespace = remember((name) => resolveNamespace(whole, entries, name));
  return {
    template,
    exempt: whole.exempt,
    namespace,
    entry: (name) => namespace(name).entry,
    grants: remember((name) => indexGrants(grantsIn(name, namespace(name), outward))),
    hasPatterns: whole.namespaces.some(reachesByPattern),
  };
}

interface Outward {
  readonly byName: ReadonlyMap<string, readonly Grant[]>;
  readonly byPattern: readonly { readonly pattern: string; readonly grant: Grant }[];
  /** `to:` peers that name no namespace: the receiver is in the namespace of the caller. */
  readonly byEntry: ReadonlyMap<NamespaceEntry, readonly Grant[]>;
}

/** The receiving ends that `to:` rules open, filed under the namespace that they open. */
function collectOutward(template: Template): Outward {
  const byName = new Map<string, Grant[]>();
  const byPattern: { pattern: string; grant: Grant }[] = [];
  const byEntry = new Map<NamespaceEntry, Grant[]>();
  for (const entry of template.namespaces) {
    for (const rule of entry.rules) {
      for (const peer of rule.direction === 'out' ? rule.peers : []) {
        if (peer.kind !== 'pods') continue;
        const grant = callersGrant(entry, rule, peer);
        if (peer.namespace === undefined) push(byEntry, entry, grant);
        else if (peer.namespace.endsWith('*')) byPattern.push({ pattern: peer.namespace, grant });
        else push(byName, peer.namespace, grant);
      }
    }
  }
  return { byName, byPattern, byEntry };
}

function callersGrant(entry: NamespaceEntry, rule: Rule, peer: { readonly namespace?: string; readonly pods: Grant['selector'] }): Grant {
  const sources = { kind: 'callers', entry, pods: rule.pods, sameNamespace: peer.namespace === undefined } as const;
  return { selector: peer.pods, ports: rule.ports, sources, rule };
}

function grantsIn(name: string, resolved: ResolvedNamespace, outward: Outward): Grant[] {
  if (resolved.exempt) return [];
  const own = (resolved.entry?.rules ?? []).filter((rule) => rule.direction === 'in').map(receivingGrant);
  return [
    ...own,
    ...(resolved.entry === undefined ? [] : (outward.byEntry.get(resolved.entry) ?? [])),
    ...(outward.byName.get(name) ?? []),
    ...outward.byPattern.filter(({ pattern }) => nameMatches(pattern, name)).map(({ grant }) => grant),
  ];
}

function receivingGrant(rule: Rule): Grant {
  const sources: Grant['sources'] = rule.peers.length === 0 ? { kind: 'anywhere' } : { kind: 'peers', peers: rule.peers };
  return { selector: rule.pods, ports: rule.ports, sources, rule };
}

/** A rule that names no pods of another namespace concerns its own alone, also where its entry stands for many. */
function reachesByPattern({ name, rules }: NamespaceEntry): boolean {
  const named = rules
    .flatMap(({ peers }) => peers)
    .flatMap((peer) => (peer.kind === 'pods' && peer.namespace !== undefined ? [peer.namespace] : []));
  return named.some((namespace) => name.endsWith('*') || namespace.endsWith('*'));
}

function push<K>(map: Map<K, Grant[]>, key: K, grant: Grant): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [grant]);
  else there.push(grant);
}

function remember<T>(compute: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const there = known.get(name);
    if (there !== undefined) return there;
    if (name.length > LONGEST_NAME) return compute(name);
    if (known.size >= REMEMBERED_NAMESPACES) known.clear();
    const made = compute(name);
    known.set(name, made);
    return made;
  };
}
