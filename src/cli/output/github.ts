import { isAbsolute, relative } from 'node:path';
import type { CheckReport } from '../../app/check-result.ts';
import { type Remark, remarksOf } from './remark.ts';

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const;

/** GitHub's workflow commands, one a line: annotations on the changed files. GitHub shows ten of each level for a step. */
export function checkGithub(report: CheckReport): string {
  return remarksOf(report).map(command).join('');
}

function command(remark: Remark): string {
  const { place, level, code, object, message, fix } = remark;
  const properties = { file: fileOf(place.document), line: place.line, col: place.column, title: `${object}: ${code}` };
  const words = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${COMMANDS[level]} ${words.join(',')}::${escapeData(fix === undefined ? message : `${message}; ${fix}`)}\n`;
}

/** As the runner's own library escapes them (actions/toolkit, core/src/command.ts). */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** GitHub looks for the file below the working directory. */
function fileOf(document: string): string {
  return isAbsolute(document) ? relative('.', document) : document;
}
