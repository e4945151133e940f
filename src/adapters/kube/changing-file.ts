import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** The text of a file that others replace while we run: a mounted token, a certificate. */
export interface ChangingFile {
  /**
   * Its text of now. Read again only where the file is another one than before, which costs microseconds to see. A mount that is being
   * replaced may be unreadable for a moment: then what was read before still holds. Rejects only where nothing was ever read.
   */
  read(): Promise<string>;
}

interface Version {
  readonly inode: number;
  readonly changed: number;
  readonly size: number;
}

/** A file that is not read yet. */
export function changingFile(path: string): ChangingFile {
  let last: { readonly version: Version; readonly text: string } | undefined;
  return {
    async read() {
      try {
        const version = versionOf(path); // before the text: who replaces the file in between is noticed next time
        if (last === undefined || !sameVersion(last.version, version)) last = { version, text: await readFile(path, 'utf8') };
        return last.text;
      } catch (error) {
        if (last === undefined) throw error;
        return last.text;
      }
    },
  };
}

/** Links are followed: the kubelet swaps a link to a folder when it renews a mount. */
function versionOf(path: string): Version {
  const { ino, mtimeMs, size } = statSync(path);
  return { inode: ino, changed: mtimeMs, size };
}

function sameVersion(a: Version, b: Version): boolean {
  return a.inode === b.inode && a.changed === b.changed && a.size === b.size;
}
