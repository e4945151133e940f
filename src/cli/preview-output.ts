import { unifiedDiff } from '../adapters/diff/unified.ts';
import { writeDocuments } from '../adapters/yaml/write.ts';
import { isEmptyPreview, type WholePreview } from '../app/preview.ts';
import { formatPort } from '../core/port.ts';
import { openingWords } from '../core/preview/openings.ts';
import { violationPhrase } from '../core/preview/phrases.ts';
import type { PolicyChange } from '../core/preview/policy-changes.ts';
import type { WorkloadChange } from '../core/preview/preview.ts';
import { paintedDiff } from './diff-text.ts';
import { type Labeled, labeledLines, type Paper } from './explain-lines.ts';

const NOTHING = 'nothing changes';

/** What changes, in lines; then the diff of the policies. Ends with a newline. */
export function previewText(preview: WholePreview, paper: Paper): string {
  if (isEmptyPreview(preview)) return `${NOTHING}\n`;
  const lines = labeledLines(rowsOf(preview), paper).map((line) => line.replace(/^ {2}/, ''));
  const diffs = policyDiffs(preview.policies).map(({ diff }) => paintedDiff(diff, paper));
  return [`${lines.join('\n')}\n`, ...(lines.length > 0 && diffs.length > 0 ? ['\n'] : []), ...diffs].join('').replace(/^\n+/, '');
}

/** For a pull request: a summary line, lists, and each diff behind a fold. Ends with a newline. */
export function previewMarkdown(preview: WholePreview): string {
  const head = `### Portcullis preview: ${isEmptyPreview(preview) ? NOTHING : summary(preview)}\n`;
  const rows = rowsOf(preview).map(({ label, text }) => `- **${label}** ${escaped(text)}`);
  const diffs = policyDiffs(preview.policies).map(
    ({ name, diff }) => `<details><summary>${escaped(name)}</summary>\n\n\`\`\`diff\n${diff}\`\`\`\n\n</details>\n`,
  );
  return [head, ...(rows.length > 0 ? [`${rows.join('\n')}\n`] : []), ...diffs].join('\n');
}

/** The same facts for machines. */
export function previewJson(preview: WholePreview): unknown {
  return {
    ...preview,
    workloads: preview.workloads.map(({ workload, before, after, added }) => ({
      ...{ kind: workload.kind, namespace: workload.namespace, name: workload.name, before, after },
      added: added.map(violationPhrase),
    })),
    silenced: preview.silenced.map(({ namespace, workloads }) => ({
      namespace,
      workloads: workloads.map(({ kind, name }) => `${kind}/${name}`),
    })),
    opens: preview.opens.map(openingWords),
    closes: preview.closes.map(openingWords),
    policies: preview.policies.map(({ before, after, ...policy }) => ({ ...policy, change: changeOf({ before, after }) })),
    lost: preview.lost.map(({ port, ...seen }) => ({ ...seen, port: formatPort(port) })),
  };
}

function summary({ workloads, opens, closes, policies }: WholePreview): string {
  const refused = workloads.filter(({ after }) => after === 'refused').length;
  const counts: readonly (readonly [number, string])[] = [
    [refused, 'refused'],
    [closes.length, 'closed'],
    [opens.length, 'opened'],
    [policies.length, policies.length === 1 ? 'policy changed' : 'policies changed'],
  ];
  return counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(', ') || 'modes change';
}

function rowsOf(preview: WholePreview): Labeled[] {
  return [
    ...preview.modes.map(({ namespace, before, after, origin }) => ({
      label: 'mode',
      text: `${namespace}: ${before} becomes ${after}, by ${origin}`,
    })),
    ...preview.workloads.map(workloadRow),
    ...preview.lost.map(({ namespace, pod, port, process }) => ({
      label: 'loses',
      text: `${namespace}/${pod} listens on ${formatPort(port)}${process === undefined ? '' : ` (${process})`}, authorized no longer`,
    })),
    ...preview.silenced.map(({ namespace, workloads }) => ({
      label: 'silences',
      text: `${namespace}: no rule lets ${workloads.map(({ kind, name }) => `${kind} ${name}`).join(', ')} out, except to DNS and the own namespace`,
    })),
    ...preview.closes.map((opening) => ({ label: 'closes', text: openingWords(opening) })),
    ...preview.opens.map((opening) => ({ label: 'opens', text: openingWords(opening) })),
  ];
}

const WORKLOAD_LABELS = { refused: 'refuses', audit: 'warns of', permitted: 'permits', 'not judged': 'ignores' } as const;

const WAS = { refused: 'refused', audit: 'warned of', permitted: 'permitted', 'not judged': 'not judged' } as const;

function workloadRow({ workload, before, after, added }: WorkloadChange): Labeled {
  const what = added.length === 0 ? '' : `: ${[...new Set(added.map(violationPhrase))].join(', ')}`;
  return { label: WORKLOAD_LABELS[after], text: `${workload.kind} ${workload.namespace}/${workload.name}${what} (was ${WAS[before]})` };
}

function changeOf({ before, after }: { readonly before?: unknown; readonly after?: unknown }): 'added' | 'removed' | 'changed' {
  return before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
}

function policyDiffs(policies: readonly PolicyChange[]): { readonly name: string; readonly diff: string }[] {
  return policies.map(({ namespace, name, before, after, shownOnly }) => {
    const text = (policy: unknown) => (policy === undefined ? '' : writeDocuments([policy]).replace(/^---\n/, ''));
    const diff = unifiedDiff({ name: `${namespace}/${name}.yaml`, before: text(before), after: text(after) });
    return { name: `${namespace}/${name} ${changeOf({ before, after })}${shownOnly ? ' (not enforced: shown only)' : ''}`, diff };
  });
}

/** Names come from anybody; in Markdown they are text, never markup. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|~]/g, (char) => `\\${char}`).replaceAll(/[\r\n]+/g, ' ');
}
