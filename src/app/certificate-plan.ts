import type { CertificateInspection, Lifetime } from '../ports.ts';

/** What the stored certificates need next. One step at a time; the plan is asked again after each. */
export type CertificateStep =
  | { readonly step: 'keep' }
  | { readonly step: 'renew authority' | 'renew leaf' | 'drop previous'; readonly reason: string };

const HOUR_MS = 3_600_000;

/**
 * How long two CAs stand side by side: the time in which each webhook configuration has learned the new one, and each replica has loaded a
 * certificate of it. Generous, since nothing hurries.
 */
const SETTLE_MS = 24 * HOUR_MS;

/** A server certificate that ends so soon is renewed, settled or not. */
const LAST_CALL_MS = HOUR_MS;

/**
 * The next step, by rules in their order. What somebody else gave is kept as it is. A changed CA comes first and alone: the server goes on
 * with the certificate of the old one until callers had time to learn the new one.
 */
export function planCertificates(inspection: CertificateInspection, now: Date): CertificateStep {
  const { owner, authority, leaf, previous } = inspection;
  if (owner === 'somebody') return { step: 'keep' };
  if (authority === undefined) return renewAuthority(owner === 'nobody' ? 'there is none yet' : inspection.problems.join('; '));
  if (isOver(authority, now)) return renewAuthority('it expired');
  if (isAhead(authority, now)) return renewAuthority('it is not valid yet: whoever made it has a clock ahead of ours');
  if (isDue(authority, now)) return renewAuthority('two thirds of its time are over');
  if (leaf === undefined) return renewLeaf(inspection.problems.join('; ') || 'there is none yet');
  if (leaf.signedBy === 'other') return renewLeaf('it was signed by another CA');
  if (endsSoon(leaf, now)) return renewLeaf('it expires within the hour');
  if (isAhead(leaf, now)) return renewLeaf('it is not valid yet: whoever made it has a clock ahead of ours');
  if (leaf.signedBy === 'previous') return planOverlap(authority, previous, now);
  if (isDue(leaf, now)) return renewLeaf('two thirds of its time are over');
  if (previous !== undefined && hasSettled(leaf, now)) return { step: 'drop previous', reason: 'nobody uses the previous CA any more' };
  return { step: 'keep' };
}

function planOverlap(authority: Lifetime, previous: Lifetime | undefined, now: Date): CertificateStep {
  if (hasSettled(authority, now)) return renewLeaf('callers know the new CA');
  return previous !== undefined && endsSoon(previous, now) ? renewLeaf('the previous CA expires within the hour') : { step: 'keep' };
}

function renewAuthority(reason: string): CertificateStep {
  return { step: 'renew authority', reason };
}

function renewLeaf(reason: string): CertificateStep {
  return { step: 'renew leaf', reason };
}

/** Two thirds of the lifetime are over: the habit of cert-manager, which leaves a month of a three-month certificate for repairs. */
function isDue({ notBefore, notAfter }: Lifetime, now: Date): boolean {
  return now.getTime() >= notBefore.getTime() + ((notAfter.getTime() - notBefore.getTime()) * 2) / 3;
}

function isOver({ notAfter }: Lifetime, now: Date): boolean {
  return now >= notAfter;
}

/** Certificates are made valid from a few minutes ago, so that only clocks that are far ahead come to this. */
function isAhead({ notBefore }: Lifetime, now: Date): boolean {
  return now < notBefore;
}

function endsSoon({ notAfter }: Lifetime, now: Date): boolean {
  return now.getTime() >= notAfter.getTime() - LAST_CALL_MS;
}

function hasSettled({ notBefore }: Lifetime, now: Date): boolean {
  return now.getTime() >= notBefore.getTime() + SETTLE_MS;
}
