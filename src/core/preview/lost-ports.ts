import type { Authority } from '../authority.ts';
import { grantOf, podGrants } from '../grants.ts';
import { isPodOf, type SeenPort } from '../learn/seen.ts';
import { makers, type World } from '../reach/world.ts';

/** The ports that a scan saw listening, which the first template authorizes and the second one no longer. */
export function lostPorts(
  before: Authority,
  after: Authority,
  { world, seen }: { readonly world: World; readonly seen: readonly SeenPort[] },
): SeenPort[] {
  const subjects = makers(world);
  return seen.filter((one) => {
    if (one.listening !== 'yes' && one.reachable !== 'yes') return false;
    const subject = subjects.find((candidate) => isPodOf(one, candidate, world));
    if (subject === undefined || after.namespace(one.namespace).mode === 'off') return false;
    const isAuthorized = (authority: Authority) =>
      grantOf(podGrants(authority.grants(one.namespace), subject.workload.labels), one.port) !== undefined;
    return isAuthorized(before) && !isAuthorized(after);
  });
}
