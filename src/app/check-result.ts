import type { Violation } from '../core/checks.ts';
import type { Issue, Place } from '../core/document.ts';
import type { Severity } from '../core/misconfig/misconfiguration.ts';
import type { Port } from '../core/port.ts';
import type { Mode } from '../core/template/model.ts';
import type { ContainerType } from '../core/workload.ts';

interface CheckedObject {
  /** `Kind/namespace/name`; the file where nobody can read what it holds. */
  readonly object: string;
  readonly place: Place;
}

interface JudgedWorkload extends CheckedObject {
  readonly mode: Mode;
  readonly declared: readonly Port[];
  readonly notices: readonly string[];
}

/** What became of one object of the manifests; every document ends as exactly one of these, or as several for a List. */
export type CheckResult =
  | (JudgedWorkload & { readonly verdict: 'permitted' })
  | (JudgedWorkload & {
      readonly verdict: 'violation';
      readonly violations: readonly PlacedViolation[];
      /** The whole answer that the gate would give. */
      readonly denial: string;
    })
  /** The API server would refuse it, or nobody can read it: never taken for permitted. `declared`: the ports that are ports all the same. */
  | (CheckedObject & { readonly verdict: 'invalid'; readonly declared: readonly Port[]; readonly problems: readonly CheckProblem[] })
  /** The template says nothing about its kind, and the misconfigurations look at it. */
  | (CheckedObject & { readonly verdict: 'examined'; readonly kind: string })
  /** A kind that Portcullis does not judge, with the reason: never taken for clean. */
  | (CheckedObject & {
      readonly verdict: 'not-checked';
      readonly kind: string;
      readonly reason: string;
      /** It declares ports, and nobody looked at them. */
      readonly declaresPorts: boolean;
    });

export interface PlacedViolation extends Violation {
  readonly place: Place;
}

/** What is wrong, and in which container where it is about one. */
export interface CheckProblem extends Issue {
  readonly container?: string;
  readonly containerType?: ContainerType;
  readonly port?: Port;
}

/** A misconfiguration, for people and programs that know places and no trees. */
export interface PlacedMisconfiguration extends Issue {
  readonly code: string;
  readonly severity: Severity;
  readonly object: string;
  /** Where its object begins: by this it finds the object's own result. */
  readonly objectPlace: Place;
  readonly port?: Port;
  readonly fix: string;
}

/** Everything that one check has to say. */
export interface CheckReport {
  /** In the order of the files. */
  readonly results: readonly CheckResult[];
  /** In the order of the files and lines. */
  readonly misconfigurations: readonly PlacedMisconfiguration[];
}
