import type { ViolationCode } from '../../core/checks.ts';
import { MISCONFIGURATIONS } from '../../core/misconfigurations.ts';

/** How bad a remark is; the words are those of SARIF. */
export type Level = 'error' | 'warning' | 'note';

/** Something that `check` can say, explained for reports that explain their rules. */
export interface Rule {
  readonly code: string;
  readonly level: Level;
  readonly summary: string;
  readonly remedy: string;
}

const VIOLATIONS: Readonly<Record<ViolationCode, Omit<Rule, 'code'>>> = {
  'port-not-authorized': {
    level: 'error',
    summary: 'A container declares a port that no rule of the template opens for its pods. In mode enforce the gate refuses the workload.',
    remedy: 'Take the port out of the manifest, or have the template permit it.',
  },
  'host-port-not-permitted': {
    level: 'error',
    summary:
      'A container binds a port of the node that hostPorts of the template does not list. In mode enforce the gate refuses the workload.',
    remedy: 'Leave hostPort out, or have the template list it under hostPorts.',
  },
  'host-network-not-permitted': {
    level: 'error',
    summary: 'The pods use the network of their node, and the template does not permit it. In mode enforce the gate refuses the workload.',
    remedy: 'Take hostNetwork away, or have the template say hostNetwork: true.',
  },
};

/** What is said of an object, a document or a file as a whole. */
const WHOLE: readonly Rule[] = [
  {
    code: 'invalid',
    level: 'error',
    summary: 'The object cannot be right, and the API server would refuse it too.',
    remedy: 'Correct the field.',
  },
  {
    code: 'unreadable',
    level: 'error',
    summary: 'A file or a document cannot be read, so nobody knows what it would make. The rest is still judged.',
    remedy: 'Correct the text; kubectl reads the same.',
  },
  {
    code: 'not-checked',
    level: 'note',
    summary: 'A custom resource declares containerPorts, and only built-in workloads are judged.',
    remedy: 'Check the Pods or the workload that its controller makes.',
  },
];

/** Everything that `check` can say, in the order of the documentation. */
export const RULES: readonly Rule[] = [
  ...Object.entries(VIOLATIONS).map(([code, rule]) => ({ code, ...rule })),
  ...WHOLE,
  ...MISCONFIGURATIONS.map(({ code, severity, summary, remedy }) => ({ code, level: severity, summary, remedy })),
];

/** What to do about a violation. */
export function violationRemedy(code: ViolationCode): string {
  return VIOLATIONS[code].remedy;
}
