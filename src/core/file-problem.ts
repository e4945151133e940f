const WORDS: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a folder, not a file'],
  ['ENOTDIR', 'a part of the path is a file, not a folder'],
  ['ENOSPC', 'no space is left on the device'],
  ['EROFS', 'the file system is read-only'],
]);

/** Why a file cannot be read or written, in the words of a person; what has none is told as the system says it. */
export function fileProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return WORDS.get('code' in error ? error.code : undefined) ?? error.message;
}
