/** What one port of one pod amounts to: the table of verdicts, and how loud each is. */
export const VERDICTS = ['authorized', 'undeclared', 'exposed', 'contained', 'local', 'silent', 'possible', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The inside view of a port. `loopback`: it listens, but on loopback addresses only. */
export type Listening = 'no' | 'loopback' | 'yes' | 'unknown';

/** The outside view of a port: whether a stranger's probe was answered. */
export type Reachable = 'yes' | 'no' | 'unknown';

export interface Facts {
  readonly declared: boolean;
  readonly authorized: boolean;
  readonly listening: Listening;
  readonly reachable: Reachable;
  /** UDP in the ephemeral range: may be a client that never connected. */
  readonly ephemeral: boolean;
  /** The sample before this one said the same of the port: a restart, or a client that came and went, does not. */
  readonly confirmed: boolean;
}

interface Row {
  readonly verdict: Verdict;
  fits(facts: Facts): boolean;
}

/** Rows in order; the first that fits wins. */
const ROWS: readonly Row[] = [
  // Permitted, and the manifest says so. Whether a stranger gets there is another question: the rule may name peers.
  { verdict: 'authorized', fits: ({ declared, authorized, listening }) => declared && authorized && listening === 'yes' },
  // Permitted, but the manifest does not say so.
  { verdict: 'undeclared', fits: ({ declared, authorized, listening }) => !declared && authorized && listening === 'yes' },
  // Nobody permitted it, and it is open.
  { verdict: 'exposed', fits: ({ authorized, listening, reachable }) => !authorized && listening === 'yes' && reachable === 'yes' },
  // Perhaps a UDP client. One that was gone when the probe came is refused: that proves no policy.
  { verdict: 'possible', fits: ({ listening, ephemeral, confirmed }) => listening === 'yes' && ephemeral && !confirmed },
  // Nobody permitted it; the policy stops it.
  { verdict: 'contained', fits: ({ authorized, listening, reachable }) => !authorized && listening === 'yes' && reachable === 'no' },
  // Only the pod itself gets there.
  { verdict: 'local', fits: ({ listening }) => listening === 'loopback' },
  // Declared, and closed in two samples.
  { verdict: 'silent', fits: ({ declared, listening, confirmed }) => declared && listening === 'no' && confirmed },
  // Something answers that the inside view does not show.
  {
    verdict: 'exposed',
    fits: ({ authorized, listening, reachable }) => !authorized && (listening === 'no' || listening === 'unknown') && reachable === 'yes',
  },
  // Without an inside view, an answer shows that it listens: as in the row above, for what is permitted.
  {
    verdict: 'authorized',
    fits: ({ declared, authorized, listening, reachable }) => declared && authorized && answers(listening, reachable),
  },
  { verdict: 'undeclared', fits: ({ authorized, listening, reachable }) => authorized && answers(listening, reachable) },
];

function answers(listening: Listening, reachable: Reachable): boolean {
  return listening === 'unknown' && reachable === 'yes';
}

/** The verdict of a port. Total: what no row decides is `unknown`. */
export function judge(facts: Facts): Verdict {
  return ROWS.find((row) => row.fits(facts))?.verdict ?? 'unknown';
}

/** How loud: a violation fails a build in enforce, a warning is shown, a note is for whoever asks. */
export type Severity = 'violation' | 'warning' | 'note' | 'fine';

/**
 * A port that nobody authorized and that answers is a violation under every verdict, also where two inside samples deny it; one that listens
 * is a warning even where nobody can tell whether it is reachable.
 */
export function severityOf(facts: Facts): Severity {
  const verdict = judge(facts);
  const { authorized, listening, reachable } = facts;
  if (!authorized && reachable === 'yes' && listening !== 'loopback') return 'violation';
  if (verdict === 'undeclared' || verdict === 'contained') return 'warning';
  if (verdict === 'unknown' && !authorized && listening === 'yes') return 'warning';
  return verdict === 'authorized' ? 'fine' : 'note';
}

/** The verdict in a sentence, for a person. `blind` says why a view is missing; empty where none is. */
export function explainVerdict(facts: Facts, blind: string): string {
  const because = blind === '' ? '' : `: ${blind}`;
  switch (judge(facts)) {
    case 'authorized':
      return facts.reachable === 'no' ? 'authorized, closed to strangers' : 'authorized';
    case 'undeclared':
      return `authorized, but the manifest does not declare it${facts.reachable === 'no' ? '; closed to strangers' : ''}`;
    case 'exposed':
      return facts.listening === 'yes'
        ? 'open, though nobody authorized it'
        : `answers, though nobody authorized it; what listens is not known${because}`;
    case 'contained':
      return 'listens, though nobody authorized it; not reachable for a stranger';
    case 'local':
      return 'listens on loopback only: reachable for the containers of this pod';
    case 'silent':
      return facts.reachable === 'yes' ? 'declared, but not open inside of the pod; yet a probe was answered' : 'declared, but not open';
    case 'possible':
      return 'UDP socket in the ephemeral range, seen once: perhaps a client';
    case 'unknown':
      return explainUnknown(facts, because);
  }
}

function explainUnknown({ authorized, listening, reachable }: Facts, because: string): string {
  if (listening === 'yes') return `listens, though nobody authorized it; whether a stranger reaches it is not known${because}`;
  if (listening === 'unknown') return `not known${because}`;
  if (reachable === 'yes' && authorized) return 'a probe was answered, though no socket listens inside of the pod';
  return 'not open in one sample; a second one will tell';
}
