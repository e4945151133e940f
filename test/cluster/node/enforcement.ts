import type { Result } from '../proc.ts';
import { until } from '../wait.ts';
import type { Daemons } from './daemons.ts';

/** The agent that enforces NetworkPolicies on a node: kube-router. */
export interface Enforcement {
  /** Starts it and waits until it has taken hold of the packets. */
  start(): Promise<void>;
  /** Kills it and takes its hold away: from then on no policy is enforced. The policies stay in the API server. */
  stop(): Promise<void>;
  /** Runs an action while it is stopped, and starts it again whatever comes of the action. */
  without<T>(action: () => Promise<T>): Promise<T>;
}

interface Parts {
  readonly daemons: Daemons;
  run(command: readonly string[]): Promise<Result>;
}

const DEADLINE = 30_000;
/** The chains through which all packets pass while kube-router is in force; from them it jumps to those of each pod. */
const CHAINS = ['KUBE-ROUTER-INPUT', 'KUBE-ROUTER-FORWARD', 'KUBE-ROUTER-OUTPUT'];

/** kube-router's own --cleanup-config leaves the firewall as it is (2.1.0): its chains are emptied here, and it fills them at its start. */
export function enforcementOf({ daemons, run }: Parts): Enforcement {
  const rules = (chain: string) => rulesOf(chain, run);
  const start = async () => {
    await daemons.start('kube-router');
    const holds = async () => {
      await daemons.check('kube-router');
      const counts = await Promise.all(CHAINS.map(rules));
      return counts.every((count) => count > 0);
    };
    await until('kube-router to enforce policies', holds, { deadline: DEADLINE });
  };
  const stop = async () => {
    await daemons.kill('kube-router');
    const gone = async () => {
      for (const chain of CHAINS) await run(['iptables', '--wait', '--flush', chain]);
      const counts = await Promise.all(CHAINS.map(rules));
      return counts.every((count) => count === 0); // not so while its last iptables-restore was still under way
    };
    await until('the rules of kube-router to be gone', gone, { deadline: DEADLINE });
  };
  const without = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      await stop();
      return await action();
    } finally {
      await start();
    }
  };
  return { start, stop, without };
}

/** How many rules a chain has; 0 where there is no such chain. */
async function rulesOf(chain: string, run: Parts['run']): Promise<number> {
  const { stdout } = await run(['iptables', '--wait', '--list-rules', chain]);
  return stdout.split('\n').filter((line) => line.startsWith('-A ')).length;
}
