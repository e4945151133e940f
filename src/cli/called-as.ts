import { basename } from 'node:path';
import { COMPLETE } from './completion/complete.ts';

/** By which name the program was called, and the words that this name stands for. */
export interface Called {
  /** As a person writes it: `portcullis`, or `kubectl portcullis`. */
  readonly name: string;
  readonly words: readonly string[];
}

/**
 * kubectl runs a file `kubectl-portcullis` on the PATH as its plugin, and asks `kubectl_complete-portcullis` how the plugin's line can go on
 * (kubectl plugins, "shell completion"). Both may be links to the one program. `path` is that by which it was started.
 */
export function calledAs(path: string): Called {
  const file = basename(path).replace(/\.(js|ts|cmd)$/, '');
  if (file === 'kubectl_complete-portcullis') return { name: 'kubectl portcullis', words: [COMPLETE, '--'] };
  return { name: file === 'kubectl-portcullis' ? 'kubectl portcullis' : 'portcullis', words: [] };
}
