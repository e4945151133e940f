import { readFile } from 'node:fs/promises';
import { readDocuments } from '../adapters/yaml/read.ts';
import { formatIssue, toValue } from '../core/document.ts';
import { fileProblem } from '../core/file-problem.ts';
import { readSeen, type SeenPort } from '../core/learn/seen.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** The findings that `portcullis scan -o json` wrote to a file; none where no file is named. A CommandError where it holds something else. */
export async function seenIn(path: string | undefined): Promise<SeenPort[]> {
  if (path === undefined) return [];
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandError(EXIT.usage, `--seen ${path} cannot be read: ${fileProblem(error)}`);
  });
  const { documents, issues } = readDocuments({ document: path, text });
  const [document] = documents;
  const seen = document === undefined ? undefined : readSeen(toValue(document));
  if (seen !== undefined && issues.length === 0) return seen;
  const words = issues.map((issue) => `\n  ${formatIssue(issue)}`).join('');
  throw new CommandError(EXIT.usage, `--seen ${path} holds no findings: write them with portcullis scan -o json${words}`);
}
