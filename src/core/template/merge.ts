import { formatLine, type Issue, type Place } from '../document.ts';
import { distinctRanges } from '../port.ts';
import { canonicalDns, hashOf } from './canonical.ts';
import { DEFAULT_DNS } from './dns.ts';
import type { NamespaceEntry, Rule, Template } from './model.ts';
import type { NamespacePart, TemplatePart } from './part.ts';
import type { Said } from './shape.ts';

export type MergedTemplate = { readonly ok: true; readonly template: Template } | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * The union of what the documents say, with every default applied. Rules come in the order of the documents, then as written. Two
 * values for one thing are an issue that names both places; saying the same twice is none.
 */
export function mergeTemplates(parts: readonly TemplatePart[]): MergedTemplate {
  const issues: Issue[] = [];
  const single = <T>(path: string, pick: (part: TemplatePart) => Said<T> | undefined, text: (value: T) => string = String) =>
    soleValue(
      parts.flatMap((part) => pick(part) ?? []),
      { path, text, issues },
    );
  const mode = single('mode', (part) => part.mode);
  const unlisted = single('unlisted', (part) => part.unlisted);
  const dns = single('defaults.dns', (part) => part.dns, canonicalDns);
  const egress = single('defaults.egress', (part) => part.egress);
  const content = {
    mode: mode?.value ?? 'audit',
    ...(mode === undefined ? {} : { modePlace: mode.place }),
    unlisted: unlisted?.value ?? 'audit',
    ...(unlisted === undefined ? {} : { unlistedPlace: unlisted.place }),
    dns: dns?.value ?? DEFAULT_DNS,
    egress: egress?.value ?? 'declared',
    exempt: [...new Set(parts.flatMap((part) => part.exempt))],
    namespaces: mergeNamespaces(parts, issues),
  } as const;
  return issues.length > 0 ? { ok: false, issues } : { ok: true, template: { ...content, hash: hashOf(content) } };
}

interface Saying<T> {
  readonly path: string;
  readonly text: (value: T) => string;
  readonly issues: Issue[];
}

/** The one value that all documents say; each that differs from the first is an issue. */
function soleValue<T>(said: readonly Said<T>[], { path, text, issues }: Saying<T>): Said<T> | undefined {
  const [first, ...others] = said;
  if (first === undefined) return undefined;
  for (const other of others) {
    if (text(other.value) === text(first.value)) continue;
    const values =
      typeof first.value === 'object' || typeof other.value === 'object'
        ? 'differs from'
        : `is ${text(other.value)} here and ${text(first.value)} at`;
    issues.push(issueAt(other.place, path, `${values} ${formatLine(first.place)}; say it in one document only`));
  }
  return first;
}

function mergeNamespaces(parts: readonly TemplatePart[], issues: Issue[]): NamespaceEntry[] {
  const byName = new Map<string, Described[]>();
  for (const part of parts) {
    for (const [index, namespace] of part.namespaces.entries()) {
      const described = byName.get(namespace.name) ?? [];
      described.push({ namespace, path: `namespaces[${index}]` });
      byName.set(namespace.name, described);
    }
  }
  return [...byName.values()].flatMap((described) => mergeNamespace(described, issues) ?? []);
}

interface Described {
  readonly namespace: NamespacePart;
  readonly path: string;
}

function mergeNamespace(described: readonly Described[], issues: Issue[]): NamespaceEntry | undefined {
  const [first] = described;
  if (first === undefined) return undefined;
  const single = <T>(key: string, pick: (part: NamespacePart) => Said<T> | undefined) => {
    const path = `${described.at(-1)?.path}.${key}`;
    return soleValue(
      described.flatMap(({ namespace }) => pick(namespace) ?? []),
      { path, text: String, issues },
    )?.value;
  };
  const mode = single('mode', (part) => part.mode);
  const egress = single('egress', (part) => part.egress);
  return {
    name: first.namespace.name,
    place: first.namespace.place,
    ...(mode === undefined ? {} : { mode }),
    ...(egress === undefined ? {} : { egress }),
    hostNetwork: single('hostNetwork', (part) => part.hostNetwork) ?? false,
    hostPorts: distinctRanges(described.flatMap(({ namespace }) => namespace.hostPorts)),
    onViolation: single('onViolation', (part) => part.onViolation) ?? 'report',
    rules: mergeRules(described, issues),
  };
}

function mergeRules(described: readonly Described[], issues: Issue[]): Rule[] {
  const byName = new Map<string, Rule>();
  for (const { namespace, path } of described) {
    for (const [index, rule] of namespace.rules.entries()) {
      const first = rule.name === undefined ? undefined : byName.get(rule.name);
      if (rule.name !== undefined && first === undefined) byName.set(rule.name, rule);
      if (first === undefined) continue;
      const message = `a rule of ${namespace.name} is already named "${rule.name}" at ${formatLine(first.place)}`;
      issues.push(issueAt(rule.place, `${path}.rules[${index}].name`, message));
    }
  }
  return described.flatMap(({ namespace }) => namespace.rules);
}

function issueAt(place: Place, path: string, message: string): Issue {
  return { place, path, message };
}
