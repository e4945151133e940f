import type { DocumentNode, Issue, SourceText } from '../core/document.ts';
import { mergeTemplates } from '../core/template/merge.ts';
import type { Template } from '../core/template/model.ts';
import { parseTemplate } from '../core/template/parse.ts';
import type { TemplatePart } from '../core/template/part.ts';
import type { TemplateGroup } from '../ports.ts';

/** Reads the YAML of one text (adapters/yaml). */
export type ReadText = (source: SourceText) => { readonly documents: readonly DocumentNode[]; readonly issues: readonly Issue[] };

/** What is in force, what it was made from, and what was offered but refused. */
export interface TemplateState {
  /** Absent: nothing was ever accepted, so nobody knows what is permitted. */
  readonly template?: Template;
  readonly accepted: readonly AcceptedGroup[];
  readonly refused: readonly RefusedGroup[];
}

/** A group as it was last good. Its documents suffice to start again from it. */
export interface AcceptedGroup {
  readonly group: TemplateGroup;
  readonly parts: readonly TemplatePart[];
}

export interface RefusedGroup {
  readonly name: string;
  readonly issues: readonly Issue[];
}

export const NO_TEMPLATE: TemplateState = { accepted: [], refused: [] };

/**
 * The state after these groups were offered. A bad group keeps what was last good of it, and touches no other (case 22); a contradiction
 * between groups is laid to those that changed. Groups that are no longer offered are gone, but never the last of them: a template
 * disappears only when another takes its place.
 */
export function takeTemplate(offered: readonly TemplateGroup[], before: TemplateState, read: ReadText): TemplateState {
  const known = new Map(before.accepted.map((accepted) => [accepted.group.name, accepted]));
  const readings = offered.map((group) => readGroup(group, read));
  const unreadable = readings.flatMap((reading) => ('issues' in reading ? [reading] : []));
  const readable = readings.flatMap((reading) => ('issues' in reading ? [] : [reading]));
  const lastGood = offered.flatMap(({ name }) => known.get(name) ?? []);
  const settled = settle(lastGood, readable);
  const order = new Map(offered.map(({ name }, index) => [name, index]));
  const refused = [...unreadable, ...settled.refused].sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  if (settled.accepted.length === 0 && before.template !== undefined) {
    return { ...before, refused: refused.length > 0 ? refused : [nothingLeft(before)] };
  }
  const accepted = [...settled.accepted].sort((a, b) => (order.get(a.group.name) ?? 0) - (order.get(b.group.name) ?? 0));
  // The very same value where nothing was taken: nobody need look at a thousand namespaces for an edit that was refused.
  if (haveSameTexts(accepted, before.accepted)) return { ...before, refused };
  const merged = mergeTemplates(accepted.flatMap(({ parts }) => parts));
  return merged.ok && accepted.length > 0 ? { template: merged.template, accepted, refused } : { accepted: [], refused };
}

function haveSameTexts(some: readonly AcceptedGroup[], others: readonly AcceptedGroup[]): boolean {
  return JSON.stringify(some.map(({ group }) => group)) === JSON.stringify(others.map(({ group }) => group));
}

/** Reads and checks one group by itself. */
export function readGroup(group: TemplateGroup, read: ReadText): AcceptedGroup | RefusedGroup {
  const texts = group.documents.map((text) => read(text));
  const documents = texts.flatMap((one) => one.documents).map(parseTemplate);
  const issues = [...texts.flatMap((one) => one.issues), ...documents.flatMap((one) => (one.ok ? [] : one.issues))];
  if (issues.length > 0) return { name: group.name, issues };
  const parts = documents.flatMap((one) => (one.ok ? [one.part] : []));
  if (parts.length === 0) return { name: group.name, issues: [emptyGroup(group)] };
  const merged = mergeTemplates(parts);
  return merged.ok ? { group, parts } : { name: group.name, issues: merged.issues };
}

interface Settled {
  readonly accepted: readonly AcceptedGroup[];
  readonly refused: readonly RefusedGroup[];
}

/**
 * All changes together if they agree; else one by one, again and again as long as one more fits in, since a value may move from one group
 * to another in any order. Those that never fit keep their last good version.
 */
function settle(lastGood: readonly AcceptedGroup[], changes: readonly AcceptedGroup[]): Settled {
  const together = replaceAll(lastGood, changes);
  if (mergedWell(together)) return { accepted: together, refused: [] };
  let accepted = lastGood;
  let waiting = changes;
  for (let fitted = true; fitted; ) {
    const before = waiting.length;
    const left: AcceptedGroup[] = [];
    for (const change of waiting) {
      const attempt = replaceAll(accepted, [change]);
      if (mergedWell(attempt)) accepted = attempt;
      else left.push(change);
    }
    waiting = left;
    fitted = left.length < before;
  }
  return { accepted, refused: waiting.map((change) => ({ name: change.group.name, issues: contradictions(accepted, change) })) };
}

function replaceAll(groups: readonly AcceptedGroup[], changes: readonly AcceptedGroup[]): AcceptedGroup[] {
  const byName = new Map([...groups, ...changes].map((accepted) => [accepted.group.name, accepted]));
  return [...byName.values()];
}

function mergedWell(groups: readonly AcceptedGroup[]): boolean {
  return mergeTemplates(groups.flatMap(({ parts }) => parts)).ok;
}

/** What the change contradicts; the change comes last, so that the place of each issue is in it. */
function contradictions(accepted: readonly AcceptedGroup[], change: AcceptedGroup): readonly Issue[] {
  const others = accepted.filter(({ group }) => group.name !== change.group.name);
  const merged = mergeTemplates([...others, change].flatMap(({ parts }) => parts));
  return merged.ok ? [] : merged.issues;
}

function emptyGroup({ name, documents }: TemplateGroup): Issue {
  const document = documents[0]?.document ?? name;
  return { place: { document, line: 1, column: 1 }, path: '', message: 'holds no document of kind PortTemplate' };
}

function nothingLeft({ accepted }: TemplateState): RefusedGroup {
  const name = accepted[0]?.group.name ?? 'template';
  const message = 'no document of the template is left; the last good version stays in force';
  return { name, issues: [{ place: { document: name, line: 1, column: 1 }, path: '', message }] };
}
