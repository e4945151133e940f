import type { Access } from '../../adapters/kube/access.ts';
import { apiServerAnswers } from '../../adapters/kube/answers.ts';
import { type Liveness, makeLiveness } from '../../app/liveness.ts';
import type { Log, Stop } from '../../ports.ts';
import { VERSION } from '../../version.ts';

const LOOK_MS = 60_000;

/** Looks once a minute whether the watches hear; what it finds is what /livez says. */
export function watchLiveness(access: Access, log: Log): { readonly liveness: Liveness; readonly stop: Stop } {
  const liveness = makeLiveness({ now: () => performance.now(), answers: () => apiServerAnswers(access, { version: VERSION }), log });
  let turn: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    turn = liveness.look();
  }, LOOK_MS);
  return {
    liveness,
    stop: async () => {
      clearInterval(timer);
      await turn;
    },
  };
}
