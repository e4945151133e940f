import type { Authority } from '../authority.ts';
import type { ClusterFacts } from '../pair/peers.ts';

/** What a decision may know beside the request: gathered before, from caches only, never by a call in the request path. */
export interface GateFacts {
  readonly authority: Authority;
  /** Whether both policies of the namespace were seen as they are wanted. */
  pairObserved(namespace: string): boolean;
  /** Whether the namespace is being deleted. */
  terminating(namespace: string): boolean;
  /** Whether this user is Portcullis' own controller. */
  isController(username: string): boolean;
  /** Whether Portcullis applies the policies itself; where somebody else does (GitOps), it does not protect them. */
  readonly policiesManaged: boolean;
  /** What the pair of a namespace depends on beside the template. */
  readonly cluster: ClusterFacts;
}
