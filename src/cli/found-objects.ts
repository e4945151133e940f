import { readManifests } from '../adapters/files/manifests.ts';
import { readDocuments } from '../adapters/yaml/read.ts';
import { manifestObjects } from '../app/manifest-objects.ts';
import { formatIssue, type Issue, type SourceText } from '../core/document.ts';
import type { FoundObject } from '../core/reach/world.ts';
import { CommandError, EXIT } from './exit-code.ts';
import type { Io } from './io.ts';

/** What the files say, and what of them nobody can read. */
export interface ReadObjects {
  readonly objects: readonly FoundObject[];
  readonly issues: readonly Issue[];
}

/** The objects of files and folders; `-` is stdin. */
export async function readFoundObjects(paths: readonly string[], io: Pick<Io, 'stdin'>): Promise<ReadObjects> {
  const objects: FoundObject[] = [];
  const issues: Issue[] = [];
  for (const path of paths) {
    const files =
      path === '-' ? [{ source: { document: 'stdin', text: await io.stdin() } satisfies SourceText }] : await readManifests([path]);
    for (const file of files) {
      const read = 'source' in file ? readDocuments(file.source) : { documents: [], issues: [file.issue] };
      objects.push(...manifestObjects(read.documents));
      issues.push(...read.issues);
    }
  }
  return { objects, issues };
}

/** The objects of the files; a CommandError with every issue, where an answer from the rest could be wrong. */
export async function readAllObjects(paths: readonly string[], io: Pick<Io, 'stdin'>): Promise<readonly FoundObject[]> {
  const { objects, issues } = await readFoundObjects(paths, io);
  if (issues.length === 0) return objects;
  throw new CommandError(EXIT.usage, ['the manifests cannot be read', ...issues.map((issue) => `  ${formatIssue(issue)}`)].join('\n'));
}
