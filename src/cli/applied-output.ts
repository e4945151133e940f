import { writeDocuments } from '../adapters/yaml/write.ts';
import type { AppliedPolicy } from '../app/apply.ts';
import { comparedText, paintedDiff } from './diff-text.ts';
import type { Io } from './io.ts';

/** The ways of a dry run, as kubectl names them: `client` asks nobody, `server` asks the API server and its hooks; `none` writes. */
export const DRY_RUNS = ['none', 'client', 'server'] as const;
export type DryRun = (typeof DRY_RUNS)[number];

/** Formats for machines. */
export const APPLIED_FORMATS = ['json', 'yaml', 'name'] as const;
export type AppliedFormat = (typeof APPLIED_FORMATS)[number];

/** How it is told what became of the policies, one after the other. */
export interface Teller {
  /** What is to be printed now; may be empty. */
  told(applied: AppliedPolicy): string;
  /** What is to be printed when all is done, or nothing more can be done. */
  rest(): string;
}

/** One line as kubectl prints it, with the namespace. */
function appliedLine({ namespace, name, done }: AppliedPolicy, dryRun: DryRun): string {
  const tried = { none: '', client: ' (dry run)', server: ' (server dry run)' }[dryRun];
  const what = done === 'conflict' ? 'left alone: the name belongs to a policy of somebody else' : `${done}${tried}`;
  return `${addressOf(name, namespace)} ${what}\n`;
}

/** A line for each policy. */
export function lineTeller(dryRun: DryRun): Teller {
  return { told: (applied) => appliedLine(applied, dryRun), rest: () => '' };
}

/** The unified diff of each policy that differs, and nothing of the others. */
export async function diffTeller(io: Pick<Io, 'color'>): Promise<Teller> {
  // Loaded here, so that no other command pays for it.
  const { unifiedDiff } = await import('../adapters/diff/unified.ts');
  const told = ({ namespace, name, before, after }: AppliedPolicy) =>
    paintedDiff(unifiedDiff({ name: `${namespace}/${name}.yaml`, before: comparedText(before), after: comparedText(after) }), io);
  return { told: (applied) => (isChange(applied) ? told(applied) : ''), rest: () => '' };
}

/** For machines: `name` tells which policies are there then, in words that kubectl takes; json and yaml what was done, with the policy. */
export function formatTeller(format: AppliedFormat): Teller {
  if (format === 'name') {
    return {
      told: ({ namespace, name, done }) => (done === 'deleted' || done === 'conflict' ? '' : `${addressOf(name, namespace)}\n`),
      rest: () => '',
    };
  }
  const records: object[] = [];
  return {
    told: ({ namespace, name, done, after }) => {
      records.push({ namespace, name, done, ...(after === undefined || done === 'conflict' ? {} : { policy: after }) });
      return '';
    },
    rest: () => (format === 'json' ? `${JSON.stringify(records, null, 2)}\n` : writeDocuments(records)),
  };
}

/** Whether something was made, changed or taken away. */
export function isChange({ done }: AppliedPolicy): boolean {
  return done === 'created' || done === 'configured' || done === 'deleted';
}

function addressOf(name: string, namespace: string): string {
  return `networkpolicy.networking.k8s.io/${name} -n ${namespace}`;
}
