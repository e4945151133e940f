import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Issue, SourceText } from '../../core/document.ts';

/** A manifest as text, or the reason why there is none. */
export type ManifestFile = { readonly source: SourceText } | { readonly issue: Issue };

const MANIFEST_NAME = /\.(ya?ml|json)$/i;

/**
 * The manifests that the paths mean: files as they are, folders with every `.yaml`, `.yml` and `.json` in and below them, sorted by name.
 * A file that cannot be read, or is not UTF-8, is an issue in its place; nothing is skipped without a word.
 */
export async function readManifests(paths: readonly string[]): Promise<ManifestFile[]> {
  const files = (await Promise.all(paths.map(manifestPaths))).flat();
  return Promise.all(files.map((file) => (typeof file === 'string' ? readManifest(file) : file)));
}

async function manifestPaths(path: string): Promise<(string | ManifestFile)[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && MANIFEST_NAME.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    return [unreadable(path, error)];
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
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return {
    issue: issueAt(
      path,
      code === 'ENOENT' ? 'no such file or folder' : `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    ),
  };
}

function issueAt(document: string, message: string): Issue {
  return { place: { document, line: 1, column: 1 }, path: '', message };
}
