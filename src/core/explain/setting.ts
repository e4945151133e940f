import type { Authority } from '../authority.ts';
import type { NetworkPolicy } from '../network-policy.ts';
import { isOurs } from '../pair/metadata.ts';
import type { ClusterFacts } from '../pair/peers.ts';
import { policyPair } from '../policy-pair.ts';
import type { Port } from '../port.ts';
import type { Endpoint } from '../reach/endpoint.ts';
import type { World } from '../reach/world.ts';
import type { Mode } from '../template/model.ts';

/** What a question is answered with. */
export interface Setting {
  readonly authority: Authority;
  readonly facts: ClusterFacts;
  readonly world: World;
  /** Whether the policies of the world are all that there are. Without a cluster ours are those that the template wants. */
  readonly policiesAreReal: boolean;
}

/** One connection that is asked about. */
export interface Connecting {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: Port;
}

export type PoliciesOf = (namespace: string) => readonly NetworkPolicy[];

/** The policies that act now. */
export function policiesNow(setting: Setting): PoliciesOf {
  const there = remember((name) => policiesOfWorld(setting.world, name));
  return setting.policiesAreReal ? there : policiesWanted(setting, ['enforce']);
}

/** The policies of others, and our pair in the namespaces of these modes as the template wants it. */
export function policiesWanted({ authority, facts, world }: Omit<Setting, 'policiesAreReal'>, modes: readonly Mode[]): PoliciesOf {
  return remember((name) => {
    const foreign = policiesOfWorld(world, name).filter((policy) => !isOurs(policy));
    if (!modes.includes(authority.namespace(name).mode)) return foreign;
    const { block, allow } = policyPair(name, authority, facts);
    return [block, ...allow, ...foreign];
  });
}

function policiesOfWorld({ policies }: World, namespace: string): NetworkPolicy[] {
  return policies.flatMap(({ policy }) => (policy.metadata.namespace === namespace ? [policy] : []));
}

function remember<T>(make: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const value = known.get(name) ?? make(name);
    known.set(name, value);
    return value;
  };
}
