import type { Port } from '../port.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestSet } from './manifest-set.ts';

/** `note`: worth a look, and no fault as far as these files show; it never fails a pipeline. */
export type Severity = 'warning' | 'note';

/** Something that manifests show to be wrong, beside what the template permits. */
export interface Misconfiguration {
  readonly code: string;
  readonly severity: Severity;
  readonly manifest: Manifest;
  /** Where it is written in the object. */
  readonly path: readonly (string | number)[];
  readonly port?: Port;
  /** What is wrong, without a full stop. */
  readonly message: string;
  /** What to do about it, without a full stop. */
  readonly fix: string;
}

/** What a class found; its code is known. */
export type Sighting = Omit<Misconfiguration, 'code' | 'severity'> & {
  /** Where it is milder than its class. */
  readonly severity?: Severity;
};

/** One kind of misconfiguration: a rule with a name. */
export interface MisconfigurationClass {
  readonly code: string;
  readonly severity: Severity;
  /** What it means, in whole sentences, for the reports that explain their rules. */
  readonly summary: string;
  /** What to do about it, in general; a sighting says it in particular. */
  readonly remedy: string;
  readonly find: (set: ManifestSet) => readonly Sighting[];
}
