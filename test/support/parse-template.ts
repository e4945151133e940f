import { readDocuments, TEMPLATE_LIMITS } from '../../src/adapters/yaml/read.ts';
import { formatIssue, type Issue } from '../../src/core/document.ts';
import { type MergedTemplate, mergeTemplates } from '../../src/core/template/merge.ts';
import { parseTemplate } from '../../src/core/template/parse.ts';

/** Reads the documents of one or more texts, named `a.yaml`, `b.yaml`, …, and merges them. */
export function readTemplate(...texts: string[]): MergedTemplate {
  const read = texts.map((text, index) => readDocuments({ document: `${String.fromCharCode(97 + index)}.yaml`, text }, TEMPLATE_LIMITS));
  const parsed = read.flatMap(({ documents }) => documents).map(parseTemplate);
  const issues: Issue[] = [...read.flatMap((one) => one.issues), ...parsed.flatMap((one) => (one.ok ? [] : one.issues))];
  return issues.length > 0 ? { ok: false, issues } : mergeTemplates(parsed.flatMap((one) => (one.ok ? [one.part] : [])));
}

/** The issues as a person reads them. */
export function issuesOf(...texts: string[]): string[] {
  const read = readTemplate(...texts);
  return read.ok ? [] : read.issues.map(formatIssue);
}

/** A whole document around these lines. */
export function documentOf(lines: string): string {
  return `apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\n${lines}`;
}

/** A document with one namespace `shop` that has these lines, indented by four. */
export function shopOf(lines: string): string {
  return documentOf(`namespaces:\n  - name: shop\n${lines}`);
}

/** A document with one rule of one namespace in flow form. */
export function ruleOf(rule: string): string {
  return shopOf(`    rules:\n      - ${rule}\n`);
}
