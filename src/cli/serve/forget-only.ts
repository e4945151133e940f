import type { Controller } from '../../app/controller.ts';
import type { ObservedPairs } from '../../app/observed-pairs.ts';

/** A replica that only serves the gate: it forgets what it knew, and works it out when asked. */
export function forgetOnly(observed: ObservedPairs): Omit<Controller, 'resync'> {
  return {
    namespaceChanged: observed.forgetAll,
    policyChanged: (namespace) => observed.forget(namespace),
    podChanged: () => {},
    everythingChanged: observed.forgetAll,
  };
}
