import type { Authority } from '../authority.ts';
import type { NamespaceEntry, Rule, Template } from '../template/model.ts';

/** The template with one rule in the place of another. */
export function withRule(authority: Authority, old: Rule, made: Rule): Template {
  const entry = authority.template.namespaces.find(({ rules }) => rules.includes(old));
  if (entry === undefined) return authority.template;
  return withEntry(authority, entry, { ...entry, rules: entry.rules.map((rule) => (rule === old ? made : rule)) });
}

/** The template with one entry in the place of another. */
export function withEntry({ template }: Authority, old: NamespaceEntry, made: NamespaceEntry): Template {
  return { ...template, namespaces: template.namespaces.map((entry) => (entry === old ? made : entry)) };
}
