import type { Authority } from '../core/authority.ts';
import { type Learned, learn } from '../core/learn/learn.ts';
import { type MissingPart, missingFrom } from '../core/learn/missing.ts';
import type { SeenPort } from '../core/learn/seen.ts';
import { learnedText } from '../core/learn/text.ts';
import type { World } from '../core/reach/world.ts';

export interface LearnParts {
  readonly world: World;
  readonly seen: readonly SeenPort[];
  /** Knows which namespaces are exempt, and in a merge what is permitted already. */
  readonly authority: Authority;
  /** Where all of it comes from, for the first line. */
  readonly sources: string;
}

/** A whole new template. */
export function learnTemplate({ world, seen, authority, sources }: LearnParts): { readonly text: string } & Learned {
  const learned = learn({ world, seen, isExempt: (name) => authority.namespace(name).exempt });
  return { ...learned, text: learnedText(learned.namespaces, sources) };
}

/** What a template that exists lacks, and the workloads that nothing could be learned from. */
export interface Lacking {
  readonly additions: readonly MissingPart[];
  readonly skipped: readonly string[];
}

/** What was learned and is not permitted yet. */
export function learnMissing({ world, seen, authority }: Omit<LearnParts, 'sources'>): Lacking {
  const learned = learn({ world, seen, isExempt: (name) => authority.namespace(name).exempt });
  return { additions: missingFrom(authority, learned.namespaces), skipped: learned.skipped };
}
