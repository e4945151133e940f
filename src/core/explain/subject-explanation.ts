import type { Violation } from '../checks.ts';
import type { Port, PortRange } from '../port.ts';
import type { Mode } from '../template/model.ts';

/** One port of a workload, and by which rules it is authorized. */
export interface ExplainedPort {
  readonly port: Port;
  readonly name?: string;
  /** The containers that declare it; empty: none does. */
  readonly containers: readonly string[];
  readonly authorizedBy: readonly { readonly rule: string; readonly from: string }[];
}

/** A policy that acts at the pods of a workload. */
export interface ActingPolicy {
  readonly name: string;
  readonly owner: 'portcullis' | 'other';
  readonly directions: readonly ('ingress' | 'egress')[];
  /** What a policy of somebody else opens beyond the template. */
  readonly opens: readonly string[];
}

/** A Pod or workload as the template sees it. */
export interface SubjectExplanation {
  /** What the gate does with it: `audit` admits it with a warning, `not-judged` does not look at it. */
  readonly verdict: 'permitted' | 'refused' | 'audit' | 'not-judged';
  readonly mode: Mode;
  readonly origin: string;
  readonly ports: readonly ExplainedPort[];
  /** Authorized for these pods, though none declares it. */
  readonly undeclared: readonly PortRange[];
  readonly calls: readonly { readonly ports: string; readonly to: string; readonly rule: string }[];
  readonly policies: readonly ActingPolicy[];
  readonly violations: readonly Violation[];
  readonly notes: readonly string[];
  /** The template lines that would permit what is missing, with a first line that says where. */
  readonly remedy: readonly string[];
}
