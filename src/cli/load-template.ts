import { readGroups } from '../adapters/files/template-files.ts';
import { readDocuments, TEMPLATE_LIMITS } from '../adapters/yaml/read.ts';
import { NO_TEMPLATE, takeTemplate } from '../app/template-state.ts';
import { type Authority, makeAuthority } from '../core/authority.ts';
import { formatIssue, type SourceText } from '../core/document.ts';
import { fileProblem } from '../core/file-problem.ts';
import type { Mode, Template } from '../core/template/model.ts';
import type { TemplateGroup } from '../ports.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** What a command says beside the path of the template. */
export interface LoadOptions {
  /** Where Portcullis runs: exempt like the namespaces that the template names. */
  readonly ownNamespace?: string;
  /** Taken instead of every mode of the template, for listed and unlisted namespaces. */
  readonly mode?: Mode;
}

const OWN_NAMESPACE = 'portcullis-system';

/**
 * The template of a file or folder, ready for questions; no cluster is asked. A CommandError with every issue where it is bad: there is no
 * last good one to fall back to.
 */
export async function loadTemplate(path: string, { ownNamespace = OWN_NAMESPACE, mode }: LoadOptions = {}): Promise<Authority> {
  const template = await readTemplate(path);
  return makeAuthority(mode === undefined ? template : withMode(template, mode), ownNamespace);
}

async function readTemplate(path: string): Promise<Template> {
  const groups = await readGroups(path).catch((error: unknown) => {
    throw new CommandError(EXIT.usage, `the template ${path} cannot be read: ${fileProblem(error)}`);
  });
  if (groups.length === 0) throw new CommandError(EXIT.usage, `the folder ${path} holds no .yaml, .yml or .json file`);
  return parseGroups(groups);
}

/** The template of one text. A CommandError with every issue where it is bad. */
export function parseTemplateText(source: SourceText): Template {
  return parseGroups([{ name: source.document, documents: [source] }]);
}

function parseGroups(groups: readonly TemplateGroup[]): Template {
  const { template, refused } = takeTemplate(groups, NO_TEMPLATE, (source) => readDocuments(source, TEMPLATE_LIMITS));
  const issues = refused.flatMap((group) => group.issues);
  if (issues.length > 0 || template === undefined) {
    const count = issues.length === 1 ? '1 error' : `${issues.length} errors`;
    throw new CommandError(EXIT.usage, [`the template has ${count}`, ...issues.map((issue) => `  ${formatIssue(issue)}`)].join('\n'));
  }
  return template;
}

/** One mode for every namespace that is not exempt; `unlisted: deny` is a question of creation only, and so gives way too. */
function withMode({ unlistedPlace: _, modePlace: __, ...template }: Template, mode: Mode): Template {
  return { ...template, mode, unlisted: mode, namespaces: template.namespaces.map(({ mode: ___, ...entry }) => entry) };
}
