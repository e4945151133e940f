import { expect, it } from 'vitest';
import { fileProblem } from '../../../src/core/file-problem.ts';

const failed = (code: string) => Object.assign(new Error(`${code}: as the system says it, open 'a.yaml'`), { code });

it.each([
  ['a file that is not there', failed('ENOENT'), 'no such file or folder'],
  ['a file of somebody else', failed('EACCES'), 'permission denied'],
  ['a folder in place of a file', failed('EISDIR'), 'it is a folder, not a file'],
  ['a file in place of a folder', failed('ENOTDIR'), 'a part of the path is a file, not a folder'],
  ['a full disk', failed('ENOSPC'), 'no space is left on the device'],
  ['what has no words here', failed('EMFILE'), "EMFILE: as the system says it, open 'a.yaml'"],
  ['an error of our own', new Error('x is not ours'), 'x is not ours'],
  ['what is no error', 'odd', 'odd'],
])('%s is told in the words of a person', (_, error, words) => expect(fileProblem(error)).toBe(words));
