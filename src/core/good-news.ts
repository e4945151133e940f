/** Events that tell people that something is well again; every other one that Portcullis writes is a warning. */
export const GOOD_NEWS = { quarantineLifted: 'QuarantineLifted', policyEnforced: 'PolicyEnforced' } as const;

/** Whether an Event with this reason asks nobody to act: Kubernetes calls such one `Normal`. */
export function isGoodNews(reason: string): boolean {
  return Object.values<string>(GOOD_NEWS).includes(reason);
}
