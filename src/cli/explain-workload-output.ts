import type { ExplainAnswer } from '../app/explain.ts';
import type { ActingPolicy, ExplainedPort } from '../core/explain/subject-explanation.ts';
import { portsWords } from '../core/explain/words.ts';
import { formatPort } from '../core/port.ts';
import { headline, type Labeled, labeledLines, type Paper } from './explain-lines.ts';

type WorkloadAnswer = Extract<ExplainAnswer, { about: 'workload' }>;

const VERDICTS = { permitted: 'permitted', refused: 'refused', audit: 'audit', 'not-judged': 'not judged' } as const;

/** A workload: its ports and their rules, whom it calls, the policies that act, the mode, and what is missing. Ends with a newline. */
export function workloadText({ who, explanation }: WorkloadAnswer, paper: Paper): string {
  const { verdict, mode, origin, ports, undeclared, calls, policies, violations, notes, remedy } = explanation;
  const others = violations.filter(({ code }) => code !== 'port-not-authorized');
  const pad = Math.max(0, ...ports.map((port) => portWords(port).length));
  const rows: Labeled[] = [
    ...ports.map((port) => ({ label: 'port', text: `${portWords(port).padEnd(pad)}  ${authorizedWords(port)}` })),
    ...(ports.length === 0 ? [{ label: 'port', text: 'none declared' }] : []),
    ...others.map(({ why, container }) => ({ label: 'breaks', text: container === '' ? why : `${why} (container ${container})` })),
    ...(undeclared.length === 0 ? [] : [{ label: 'also', text: `${portsWords(undeclared)} authorized, though nobody declares it` }]),
    ...calls.map(({ ports: called, to, rule }) => ({ label: 'calls', text: `${called} to ${to}  by ${rule}` })),
    ...policyRows(policies),
    { label: 'mode', text: `${mode}, by ${origin}` },
    ...notes.map((text) => ({ label: 'note', text })),
    ...(verdict === 'audit' ? [{ label: 'but', text: 'mode enforce would refuse it; audit admits it with a warning' }] : []),
    ...remedyRow(remedy),
  ];
  return `${[headline(VERDICTS[verdict], who, paper), ...labeledLines(rows, paper)].join('\n')}\n`;
}

function portWords({ port, name, containers }: ExplainedPort): string {
  return `${formatPort(port)}${name === undefined ? '' : ` (${name})`}${containers.length === 0 ? ', not declared' : ''}`;
}

function authorizedWords({ authorizedBy }: ExplainedPort): string {
  if (authorizedBy.length === 0) return 'not in the template';
  return authorizedBy.map(({ rule, from }) => `from ${from}, by ${rule}`).join('; ');
}

function policyRows(policies: readonly ActingPolicy[]): Labeled[] {
  const ours = policies.filter(({ owner }) => owner === 'portcullis').map(({ name }) => name);
  const others = policies.filter(({ owner }) => owner === 'other');
  return [
    { label: 'policies', text: ours.length > 0 ? ours.join(', ') : others.length > 0 ? 'none of Portcullis' : 'none: nothing is closed' },
    ...others.map(({ name, directions, opens }) => ({
      label: 'and',
      text: `${name} of somebody else (${directions.join(', ')})${opens.length === 0 ? '' : `: ${opens.join('; ')}`}`,
    })),
  ];
}

/** The first line of a remedy says where; `To permit this, ` is what its label says. */
function remedyRow([where, ...lines]: readonly string[]): Labeled[] {
  if (where === undefined) return [];
  return [
    { label: 'to permit', text: where.replace(/^To permit this, /, '').replace(/:$/, ''), lines: lines.map((line) => line.slice(2)) },
  ];
}
