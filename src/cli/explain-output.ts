import type { ExplainAnswer, PortAnswer } from '../app/explain.ts';
import type { ConnectionExplanation } from '../core/explain/connection.ts';
import type { EndExplanation } from '../core/explain/end.ts';
import { formatPort } from '../core/port.ts';
import { headline, type Labeled, labeledLines, type Paper } from './explain-lines.ts';
import { workloadText } from './explain-workload-output.ts';

type Answered = Exclude<ExplainAnswer, { problem: string }>;

/** The answer as people read it. Ends with a newline. */
export function explainText(answer: Answered, paper: Paper): string {
  if (answer.about === 'workload') return workloadText(answer, paper);
  return answer.answers.map((one) => connectionText(one, answer, paper)).join('\n');
}

interface Names {
  readonly from: string;
  readonly to: string;
}

function connectionText({ port, explanation }: PortAnswer, names: Names, paper: Paper): string {
  const { verdict, leaves, enters, modes, notes, edit } = explanation;
  const what = `${names.from} -> ${names.to} ${formatPort(port)}`;
  const pad = Math.max(names.from.length, names.to.length);
  const nearest = [...new Set([...leaves.nearest, ...enters.nearest])];
  const rows: Labeled[] = [
    { label: 'leaves', text: `${names.from.padEnd(pad)}  ${endText(leaves, `to ${names.to}`, formatPort(port))}` },
    { label: 'enters', text: `${names.to.padEnd(pad)}  ${endText(enters, `from ${names.from}`, formatPort(port))}` },
    ...(nearest.length === 0 ? [] : [{ label: 'nearest', text: nearest.join('; ') }]),
    ...policyRow(leaves, names.from, pad),
    ...policyRow(enters, names.to, pad),
    ...modeRows(modes),
    ...notes.map((text) => ({ label: 'note', text })),
    ...enforcedRow(explanation),
    ...(edit === undefined ? helplessRow(explanation) : [{ label: 'to permit', text: edit.sentence, lines: edit.lines }]),
  ];
  return `${[headline(verdict, what, paper), ...labeledLines(rows, paper)].join('\n')}\n`;
}

/** Namespaces of one mode by one origin share a line. */
function modeRows(modes: ConnectionExplanation['modes']): Labeled[] {
  const texts = modes.map(({ mode, origin }) => `${mode}, by ${origin}`);
  return [...new Set(texts)].map((text) => {
    const names = modes.filter((_, index) => texts[index] === text).map(({ namespace }) => namespace);
    return { label: 'mode', text: texts.length > 1 && new Set(texts).size > 1 ? `${names.join(', ')}: ${text}` : text };
  });
}

function policyRow({ isolatedBy }: EndExplanation, who: string, pad: number): Labeled[] {
  if (isolatedBy.length === 0) return [];
  const words = isolatedBy.map(({ policy, owner }) => (owner === 'other' ? `${policy} (of somebody else)` : policy));
  return [{ label: 'policies', text: `${who.padEnd(pad)}  ${words.join(', ')}` }];
}

function enforcedRow({ verdict, enforced }: ConnectionExplanation): Labeled[] {
  if (enforced === undefined) return [];
  const text = enforced === 'refused' ? 'mode enforce would refuse it' : `mode enforce would permit it, and it is ${verdict} now`;
  return [{ label: 'but', text }];
}

function helplessRow({ verdict, enforced }: ConnectionExplanation): Labeled[] {
  if (verdict === 'permitted' && enforced !== 'refused') return [];
  return [
    { label: 'to permit', text: 'no edit of the template alone would do: see the notes, and the policies of others that isolate the pod' },
  ];
}

function endText(end: EndExplanation, other: string, port: string): string {
  const template = end.rules.length === 0 ? '' : `; the template permits it, by ${end.rules.join('; ')}`;
  switch (end.verdict) {
    case 'outside':
      return 'an address: no policy of the cluster acts there';
    case 'host-network':
      return 'on the host network: no policy covers it';
    case 'not-isolated':
      return `no policy closes it${template}`;
    case 'permitted':
      return end.permittedBy.map((one) => permittingText(one, end.rules)).join('; ');
    case 'refused':
      return `no policy opens ${port} ${other}${template}`;
  }
}

function permittingText({ policy, owner, rules }: EndExplanation['permittedBy'][number], byTemplate: readonly string[]): string {
  if (owner === 'portcullis') return `by ${rules.length === 0 ? 'Portcullis' : rules.join(', ')} (policy ${policy})`;
  return `by policy ${policy} of somebody else${byTemplate.length === 0 ? ', not by the template' : ''}`;
}

/** The same facts for machines. */
export function explainJson(answer: Answered): unknown {
  if (answer.about === 'connection') {
    const answers = answer.answers.map(({ port, explanation }) => ({ port: formatPort(port), ...explanation }));
    return { from: answer.from, to: answer.to, answers };
  }
  const { ports, undeclared, violations, ...rest } = answer.explanation;
  return {
    workload: answer.who,
    ...rest,
    ports: ports.map(({ port, ...more }) => ({ port: formatPort(port), ...more })),
    undeclared: undeclared.map(({ from, to, protocol }) => (from === to ? `${from}/${protocol}` : `${from}-${to}/${protocol}`)),
    violations: violations.map(({ port, path: _, ...more }) => ({ ...more, ...(port === undefined ? {} : { port: formatPort(port) }) })),
  };
}
