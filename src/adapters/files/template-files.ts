import { type FSWatcher, watch } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Stop, TemplateGroup, TemplateSource } from '../../ports.ts';

/** Milliseconds. */
export interface TemplateFileTimes {
  /** Editors write a file in several steps: wait until nothing happened for this long. */
  readonly settle: number;
  /** Network file systems announce nothing: look anyway. */
  readonly poll: number;
}

const TEMPLATE_NAME = /\.(ya?ml|json)$/i;

/**
 * The template from one file, or from the `.yaml`, `.yml` and `.json` files of a folder (one group a file: a bad file freezes only
 * itself). Delivers at once, then whenever a text changed, also when a mounted ConfigMap swaps its symbolic links. Rejects where the path
 * cannot be read at the start; later such a moment delivers nothing, so that the last good template stays in force.
 */
export function templateFiles(path: string, times: TemplateFileTimes = { settle: 50, poll: 5000 }): TemplateSource {
  return {
    watch: async (deliver) => {
      let last = await readGroups(path);
      deliver(last);
      const look = async (): Promise<void> => {
        const now = await readGroups(path).catch(() => undefined);
        if (now === undefined || JSON.stringify(now) === JSON.stringify(last)) return;
        last = now;
        deliver(now);
      };
      return keepLooking(await watchedFolder(path), look, times);
    },
  };
}

/** What stands at the path now. */
export async function readGroups(path: string): Promise<TemplateGroup[]> {
  if (!(await stat(path)).isDirectory()) return [await readGroup(path)];
  const names = (await readdir(path)).filter((name) => TEMPLATE_NAME.test(name) && !name.startsWith('.')).sort();
  return Promise.all(names.map((name) => readGroup(join(path, name))));
}

/** Bytes that are no UTF-8 become texts that the reader refuses with their place. */
async function readGroup(file: string): Promise<TemplateGroup> {
  return { name: file, documents: [{ document: file, text: await readFile(file, 'utf8') }] };
}

/** A file is watched through its folder: editors and mounted ConfigMaps replace it, and a watch on the old one would hear nothing more. */
async function watchedFolder(path: string): Promise<string> {
  return (await stat(path)).isDirectory() ? path : dirname(path);
}

function keepLooking(folder: string, look: () => Promise<void>, { settle, poll }: TemplateFileTimes): Stop {
  let pending: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const lookInTurn = (): void => {
    running = running.then(look);
  };
  const soon = (): void => {
    clearTimeout(pending);
    pending = setTimeout(lookInTurn, settle);
  };
  const watcher = watchFolder(folder, soon);
  soon(); // what changed between the first look and the watch
  const timer = setInterval(lookInTurn, poll);
  return async () => {
    clearInterval(timer);
    clearTimeout(pending);
    watcher?.close();
    await running;
  };
}

/** Where the system has no watches left (ENOSPC) or the folder goes away, the poll alone serves. */
function watchFolder(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, changed);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
