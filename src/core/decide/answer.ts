import { type AdmissionAnswer, allowed, invalid } from '../admission.ts';
import { formatPath } from '../document.ts';
import { printable } from '../printable.ts';

/** At most so many warning lines: the API server cuts a longer answer in places of its own choosing. */
const MAX_WARNINGS = 8;

/** Admitted with warnings; a long list is cut and says by how much. */
export function allowedWithWarnings(reason: string, warnings: readonly string[]): AdmissionAnswer {
  if (warnings.length <= MAX_WARNINGS) return allowed(reason, warnings);
  const shown = warnings.slice(0, MAX_WARNINGS - 1);
  return allowed(reason, [...shown, `portcullis: and ${warnings.length - shown.length} more`]);
}

/** Refused since parts of the object cannot be right: a line for each, with its path. `who` is the object, like `Pod shop/api`. */
export function notValid(who: string, faults: readonly Fault[]): AdmissionAnswer {
  const lines = faults.map(({ path, message }) => `  ${printable(formatPath(path))}: ${message}`);
  return invalid([`${who} is not valid`, ...lines].join('\n'));
}

interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The answer with the hash of the template that decided, for the audit log of the API server. */
export function withTemplateHash(answer: AdmissionAnswer, hash: string): AdmissionAnswer {
  return { ...answer, auditAnnotations: { ...answer.auditAnnotations, template: hash, reason: answer.reason } };
}
