import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DocumentNode, formatIssue, type Issue, type SourceText, toValue } from '../../core/document.ts';
import { ALLOW_POLICY, BLOCK_POLICY, MANAGED_BY, MANAGED_BY_LABEL } from '../../core/names.ts';
import type { NetworkPolicy } from '../../core/network-policy.ts';
import { isOurs } from '../../core/pair/metadata.ts';
import { readNetworkPolicy } from '../../core/pair/read.ts';
import { printable } from '../../core/printable.ts';
import { isRecord } from '../../core/unknown.ts';
import type { PolicyStore } from '../../ports.ts';
import { readIfThere, writeAtomically } from './atomic-write.ts';

/** How policies become text and back (adapters/yaml). */
export interface PolicyYaml {
  read(source: SourceText): { readonly documents: readonly DocumentNode[]; readonly issues: readonly Issue[] };
  write(values: readonly unknown[]): string;
}

/**
 * Policies as files of a folder: `<namespace>-block.yaml` and `<namespace>-allow.yaml`, the latter with one document for each allow
 * policy. The same policies make the same bytes, whatever the order of the writes. A file of such a name that is not ours throws and stays.
 */
export function policyFolder(folder: string, yaml: PolicyYaml): PolicyStore {
  const inTurn = makeQueue();
  const change = (namespace: string, name: string, edit: (policies: readonly NetworkPolicy[]) => NetworkPolicy[]): Promise<void> => {
    const path = join(folder, fileOf(namespace, name));
    return inTurn(path, async () => {
      const before = (await readIfThere(path)) ?? '';
      const after = fileText(edit(readOurPolicies({ path, namespace, text: before }, yaml)), yaml);
      if (after === '') await rm(path, { force: true });
      else if (after !== before) await writeAtomically(path, after);
    });
  };
  return {
    list: async (namespace) => {
      const paths = [BLOCK_POLICY, ALLOW_POLICY].map((name) => join(folder, fileOf(namespace, name)));
      const lists = await Promise.all(paths.map(async (path) => readPolicies(path, namespace, (await readIfThere(path)) ?? '', yaml)));
      return lists.flat();
    },
    apply: async (policy) => {
      const { name, namespace } = policy.metadata;
      const stored = asWritten(policy);
      await change(namespace, name, (policies) => [...policies.filter((other) => other.metadata.name !== name), stored]);
      return stored;
    },
    remove: (namespace, name) => change(namespace, name, (policies) => policies.filter((policy) => policy.metadata.name !== name)),
  };
}

/** The whole content of one file: sorted by name, so that `portcullis-allow` comes first. Empty without policies. */
export function fileText(policies: readonly NetworkPolicy[], { write }: Pick<PolicyYaml, 'write'>): string {
  return write([...policies].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).map(asWritten));
}

/** The file that a policy stands in. The name of a namespace is a DNS label, so it cannot lead out of the folder. */
export function fileOf(namespace: string, name: string): string {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace)) throw new Error(`"${printable(namespace)}" is no name of a namespace`);
  return `${namespace}-${name === BLOCK_POLICY ? 'block' : 'allow'}.yaml`;
}

function readPolicies(path: string, namespace: string, text: string, yaml: Pick<PolicyYaml, 'read'>): NetworkPolicy[] {
  const { documents, issues } = yaml.read({ document: path, text });
  const [issue] = issues;
  if (issue !== undefined) throw new Error(`${formatIssue(issue)}; mend the file or move it away`);
  return documents.flatMap((document) => {
    const policy = readNetworkPolicy(toValue(document), namespace);
    if (policy === undefined) throw new Error(`${path} holds something else than NetworkPolicies; move it away, or choose another folder`);
    return [policy];
  });
}

/** The policies of a file that may be written. Throws, and says why, where somebody else wrote it or it cannot be read. */
export function readOurPolicies(
  { path, namespace, text }: { readonly path: string; readonly namespace: string; readonly text: string },
  yaml: Pick<PolicyYaml, 'read'>,
): readonly NetworkPolicy[] {
  const policies = readPolicies(path, namespace, text, yaml);
  const foreign = policies.find((policy) => !isOurs(policy));
  if (foreign === undefined) return policies;
  const label = `${MANAGED_BY_LABEL}: ${MANAGED_BY}`;
  throw new Error(
    `${path} is not ours: NetworkPolicy ${namespace}/${foreign.metadata.name} has no label ${label}; move it away, or choose another folder`,
  );
}

/** What goes into a file: nothing that only a server gives, keys in a fixed order. */
function asWritten({ apiVersion, kind, metadata, spec }: NetworkPolicy): NetworkPolicy {
  const { name, namespace, labels, annotations } = metadata;
  const { podSelector, policyTypes, ingress, egress } = spec;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      ...(labels === undefined ? {} : { labels: sortKeys(labels) }),
      ...(annotations === undefined ? {} : { annotations: sortKeys(annotations) }),
    },
    spec: { podSelector, policyTypes, ingress: ingress.map(inKeyOrder), egress: egress.map(inKeyOrder) },
  };
}

/** A policy that was read back has its keys in another order than one that was just made: without this the bytes would tell. */
function inKeyOrder<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_key, part: unknown) => (isRecord(part) ? sortKeys(part) : part)));
}

function sortKeys<T>(fields: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One change of a file after the other: each reads what the one before wrote. */
function makeQueue(): (key: string, task: () => Promise<void>) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  return (key, task) => {
    const turn = (running.get(key) ?? Promise.resolve()).then(task, task);
    running.set(key, turn);
    const tidy = (): void => {
      if (running.get(key) === turn) running.delete(key);
    };
    turn.then(tidy, tidy);
    return turn;
  };
}
