import { formatLine } from '../document.ts';
import type { Mode, NamespaceEntry, Template } from './model.ts';

/** What the template says of one namespace, with the origin of its mode so that it can be explained. */
export interface ResolvedNamespace {
  readonly name: string;
  readonly mode: Mode;
  /** `template.yaml:11`, `the default of template.yaml:3`, `exempt`, ...: completes "mode enforce, by ...". */
  readonly origin: string;
  /** The entry that describes the namespace; absent: no document lists it, or it is exempt. */
  readonly entry?: NamespaceEntry;
  readonly exempt: boolean;
  /** False only for an unlisted namespace under `unlisted: deny`. */
  readonly mayBeCreated: boolean;
}

/** Whether the name is meant by an exact name or by a prefix pattern such as `pr-*`. */
export function nameMatches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** The entry of a namespace: exact beats prefix, a longer prefix beats a shorter one. Labels never count: their owner could choose his own rules. */
function entryOf(namespaces: NamespaceEntries, name: string): NamespaceEntry | undefined {
  return namespaces.exact.get(name) ?? namespaces.prefixes.find((entry) => nameMatches(entry.name, name));
}

/** The entries arranged for lookups: exact names in a map, prefixes from the longest to the shortest. */
export interface NamespaceEntries {
  readonly exact: ReadonlyMap<string, NamespaceEntry>;
  readonly prefixes: readonly NamespaceEntry[];
}

/** Arranges the entries of a template for lookups that do not grow with their number. */
export function arrangeEntries(template: Template): NamespaceEntries {
  const prefixes = template.namespaces.filter((entry) => entry.name.endsWith('*'));
  return {
    exact: new Map(template.namespaces.filter((entry) => !entry.name.endsWith('*')).map((entry) => [entry.name, entry])),
    prefixes: prefixes.sort((a, b) => b.name.length - a.name.length),
  };
}

/** Resolves the mode of a namespace. Exempt beats listed: what the cluster needs to start is never judged (case 15). */
export function resolveNamespace(template: Template, entries: NamespaceEntries, name: string): ResolvedNamespace {
  if (template.exempt.some((pattern) => nameMatches(pattern, name))) {
    return { name, mode: 'off', origin: 'exempt', exempt: true, mayBeCreated: true };
  }
  const entry = entryOf(entries, name);
  if (entry === undefined) return unlisted(template, name);
  const origin =
    entry.mode !== undefined
      ? formatLine(entry.place)
      : template.modePlace !== undefined
        ? `the default of ${formatLine(template.modePlace)}`
        : 'the built-in default';
  return { name, mode: entry.mode ?? template.mode, origin, entry, exempt: false, mayBeCreated: true };
}

function unlisted(template: Template, name: string): ResolvedNamespace {
  const place = template.unlistedPlace;
  const said = `unlisted: ${template.unlisted}`;
  const origin = place === undefined ? `the built-in ${said}` : `${said} at ${formatLine(place)}`;
  const mode = template.unlisted === 'deny' ? 'enforce' : template.unlisted;
  return { name, mode, origin, exempt: false, mayBeCreated: template.unlisted !== 'deny' };
}
