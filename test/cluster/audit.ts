import { readFileSync, writeFileSync } from 'node:fs';
import { OWN_NAMESPACE } from './users.ts';

/** One line of the audit trail: a request of one of the product's service accounts, and what came of it. */
export interface AuditEvent {
  /** ResponseStarted (long requests: watches) or ResponseComplete. */
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  /** Absent for paths that are no objects, like /version. */
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

/** A policy names users whole, without wildcards, but a group holds all service accounts of a namespace (audit.k8s.io/v1 Policy). */
export function writeAuditPolicy(file: string): void {
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', userGroups: [`system:serviceaccounts:${OWN_NAMESPACE}`] }, { level: 'None' }],
  };
  writeFileSync(file, JSON.stringify(policy));
}

/**
 * The requests of the product's service accounts so far, oldest first. A request is written when its answer is on its way: a test
 * that looks for one polls. The server writes whole lines; the last may be half there, and is left for the next time.
 */
export function readAudit(file: string): readonly AuditEvent[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line): AuditEvent => JSON.parse(line));
}
