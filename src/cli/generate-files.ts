import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere, writeAtomically } from '../adapters/files/atomic-write.ts';
import { fileOf, fileText, policyFolder, readOurPolicies } from '../adapters/files/policy-folder.ts';
import { readDocuments } from '../adapters/yaml/read.ts';
import { writeDocuments } from '../adapters/yaml/write.ts';
import { fileProblem } from '../core/file-problem.ts';
import { isOurs } from '../core/pair/metadata.ts';
import type { PolicyPair } from '../core/policy-pair.ts';
import { CommandError, EXIT } from './exit-code.ts';

const YAML = { read: readDocuments, write: writeDocuments };

export interface NamespacePair {
  readonly namespace: string;
  readonly pair: PolicyPair;
}

/** One file of the folder, as it is and as it should be; an empty text is no file. */
export interface PolicyFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/**
 * What the files of these pairs are and should be, two for each namespace. `tidy`: files of ours for other namespaces should go. A file of
 * such a name that somebody else wrote is a CommandError. Writes nothing.
 */
export async function planPolicyFiles(
  folder: string,
  pairs: readonly NamespacePair[],
  { tidy }: { readonly tidy: boolean },
): Promise<PolicyFile[]> {
  try {
    const planned = await Promise.all(pairs.map((pair) => filesOf(folder, pair)));
    return [...planned.flat(), ...(tidy ? await filesOfOthers(folder, pairs) : [])];
  } catch (error) {
    const isOfSystem = error instanceof Error && 'code' in error;
    throw new CommandError(EXIT.usage, isOfSystem ? `the folder ${folder} cannot be used: ${fileProblem(error)}` : fileProblem(error));
  }
}

/** Brings the files to what they should be; those that already are so are not touched. A CommandError names the file that cannot be written. */
export async function writePolicyFiles(files: readonly PolicyFile[]): Promise<void> {
  for (const { path, before, after } of files) {
    try {
      if (after === '') await rm(path, { force: true });
      else if (after !== before) await writeAtomically(path, after);
    } catch (error) {
      throw new CommandError(EXIT.usage, `${path} cannot be written: ${fileProblem(error)}`);
    }
  }
}

/** A line that tells what becomes of a file. */
export function fileLine({ path, before, after }: PolicyFile): string {
  return `${path} ${after === '' ? 'removed' : after === before ? 'unchanged' : 'written'}`;
}

function filesOf(folder: string, { namespace, pair }: NamespacePair): Promise<PolicyFile[]> {
  const plans = [[pair.block], pair.allow].map(async (policies) => {
    const path = join(folder, fileOf(namespace, policies[0]?.metadata.name ?? ''));
    const before = (await readIfThere(path)) ?? '';
    const after = fileText(policies, YAML);
    if (before !== after) readOurPolicies({ path, namespace, text: before }, YAML);
    return { path, before, after };
  });
  return Promise.all(plans);
}

/** Files that are not ours are none of our business, whatever their name. */
async function filesOfOthers(folder: string, pairs: readonly NamespacePair[]): Promise<PolicyFile[]> {
  const wanted = new Set(pairs.map(({ namespace }) => namespace));
  const names = (await namesIn(folder)).flatMap((file) => /^(.+)-(?:block|allow)\.yaml$/.exec(file)?.[1] ?? []);
  const store = policyFolder(folder, YAML);
  const files: PolicyFile[] = [];
  for (const namespace of [...new Set(names)].filter((name) => !wanted.has(name)).sort()) {
    const policies = await store.list(namespace).catch(() => []);
    if (policies.length === 0 || !policies.every(isOurs)) continue;
    const paths = new Set(policies.map(({ metadata }) => join(folder, fileOf(namespace, metadata.name))));
    for (const path of [...paths].sort()) files.push({ path, before: (await readIfThere(path)) ?? '', after: '' });
  }
  return files;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
