import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from '../adapters/files/atomic-write.ts';
import { fileOf, fileText, policyFolder } from '../adapters/files/policy-folder.ts';
import { readDocuments } from '../adapters/yaml/read.ts';
import { writeDocuments } from '../adapters/yaml/write.ts';
import { storePair } from '../app/generate.ts';
import type { NetworkPolicy } from '../core/network-policy.ts';
import { isOurs } from '../core/pair/metadata.ts';
import type { PolicyPair } from '../core/policy-pair.ts';
import type { PolicyStore } from '../ports.ts';
import { CommandError, EXIT } from './exit-code.ts';

const YAML = { read: readDocuments, write: writeDocuments };

export interface NamespacePair {
  readonly namespace: string;
  readonly pair: PolicyPair;
}

/**
 * Writes the pairs to a folder and answers a line for each file: what became of it. `tidy`: files of ours for other namespaces go. A file
 * of such a name that somebody else wrote is a CommandError, and stays.
 */
export async function writePolicyFiles(
  folder: string,
  pairs: readonly NamespacePair[],
  { tidy }: { readonly tidy: boolean },
): Promise<string[]> {
  const store = policyFolder(folder, YAML);
  try {
    const lines: string[] = [];
    for (const pair of pairs) lines.push(...(await writePair(folder, pair, store)));
    return tidy ? [...lines, ...(await removeOthers(folder, pairs, store))] : lines;
  } catch (error) {
    throw new CommandError(EXIT.usage, error instanceof Error ? error.message : String(error));
  }
}

async function writePair(folder: string, { namespace, pair }: NamespacePair, store: PolicyStore): Promise<string[]> {
  const files = [[pair.block], pair.allow].map((policies) => ({
    path: pathOf(folder, namespace, policies),
    text: fileText(policies, YAML),
  }));
  const before = await Promise.all(files.map(({ path }) => readIfThere(path)));
  const changed = files.map(({ text }, index) => text !== before[index]);
  if (changed.includes(true)) await storePair(namespace, pair, store);
  return files.map(({ path }, index) => `${path} ${changed[index] ? 'written' : 'unchanged'}`);
}

function pathOf(folder: string, namespace: string, [first]: readonly NetworkPolicy[]): string {
  return join(folder, fileOf(namespace, first?.metadata.name ?? ''));
}

/** Files that are not ours are none of our business, whatever their name. */
async function removeOthers(folder: string, pairs: readonly NamespacePair[], store: PolicyStore): Promise<string[]> {
  const wanted = new Set(pairs.map(({ namespace }) => namespace));
  const names = (await readdir(folder)).flatMap((file) => /^(.+)-(?:block|allow)\.yaml$/.exec(file)?.[1] ?? []);
  const lines: string[] = [];
  for (const namespace of [...new Set(names)].filter((name) => !wanted.has(name)).sort()) {
    const policies = await store.list(namespace).catch(() => []);
    if (policies.length === 0 || !policies.every(isOurs)) continue;
    for (const { metadata } of policies) await store.remove(namespace, metadata.name);
    const files = new Set(policies.map(({ metadata }) => join(folder, fileOf(namespace, metadata.name))));
    lines.push(...[...files].sort().map((path) => `${path} removed`));
  }
  return lines;
}
