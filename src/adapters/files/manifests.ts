import { type Dirent, realpathSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Issue, SourceText } from '../../core/document.ts';
import { fileProblem } from '../../core/file-problem.ts';
import { expandPattern, isPattern } from './pattern.ts';

/** A manifest as text, or the reason why there is none. */
export type ManifestFile = { readonly source: SourceText } | { readonly issue: Issue };

const MANIFEST_NAME = /\.(ya?ml|json)$/i;

/**
 * The manifests that the paths mean, each once: files as they are, folders with every `.yaml`, `.yml` and `.json` in and below them, sorted
 * by name, and patterns (`a/**`+`/*.yaml`) with what they match. What cannot be read, or is not UTF-8, is an issue in its place; nothing is
 * skipped without a word.
 */
export async function readManifests(paths: readonly string[]): Promise<ManifestFile[]> {
  const files = (await Promise.all(paths.map(manifestPaths))).flat();
  return Promise.all(distinct(files).map((file) => (typeof file === 'string' ? readManifest(file) : file)));
}

/** The path of a manifest, or why there is none. */
type Found = string | ManifestFile;

async function manifestPaths(path: string): Promise<Found[]> {
  try {
    return (await stat(path)).isDirectory() ? await folderPaths(path) : [path];
  } catch (error) {
    // A file may well be named like a pattern: only what does not exist is taken for one.
    if (!isPattern(path)) return [unreadable(path, error)];
  }
  const matches = await expandPattern(path);
  if (matches.length === 0) return [{ issue: issueAt(path, 'no file or folder matches this pattern') }];
  const found = await Promise.all(matches.map(async ({ name, isFolder }) => (isFolder ? folderPaths(name) : [name])));
  return found.flat();
}

/** A folder that cannot be read is an issue of its own, and its neighbors are still read. */
async function folderPaths(folder: string): Promise<Found[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    return [unreadable(folder, error)];
  }
  const found = await Promise.all(
    entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry): Promise<Found[]> | Found[] => {
        const path = join(folder, entry.name);
        // A mounted ConfigMap keeps its generations in folders that begin with two dots; the links beside them show the present one.
        if (entry.isDirectory()) return entry.name.startsWith('..') ? [] : folderPaths(path);
        return MANIFEST_NAME.test(entry.name) && (entry.isFile() || entry.isSymbolicLink()) ? [path] : [];
      }),
  );
  return found.flat();
}

/** Two paths may lead to one file, and a file that counts twice collides with itself. */
function distinct(files: readonly Found[]): Found[] {
  const known = new Set<string>();
  return files.filter((file) => {
    if (typeof file !== 'string') return true;
    const real = realPath(file);
    const isNew = !known.has(real);
    known.add(real);
    return isNew;
  });
}

function realPath(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return file;
  }
}

async function readManifest(path: string): Promise<ManifestFile> {
  try {
    return decodeText(path, await readFile(path));
  } catch (error) {
    return unreadable(path, error);
  }
}

/** The text of bytes that must be UTF-8 (with or without a byte order mark); UTF-16 is named, since editors save it without a word. */
export function decodeText(document: string, bytes: Uint8Array): ManifestFile {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { issue: issueAt(document, 'the file is UTF-16; save it as UTF-8') };
  }
  try {
    return { source: { document, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) } };
  } catch {
    return { issue: issueAt(document, 'the file is not UTF-8 text') };
  }
}

function unreadable(path: string, error: unknown): ManifestFile {
  return { issue: issueAt(path, fileProblem(error)) };
}

function issueAt(document: string, message: string): Issue {
  return { place: { document, line: 1, column: 1 }, path: '', message };
}
