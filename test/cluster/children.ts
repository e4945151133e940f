import { type Child, type ChildOptions, startChild } from './proc.ts';

/** Running processes by name, each of which can be killed and started again. */
export interface Children<Name extends string> {
  /** Throws when one of that name runs already. */
  start(name: Name): void;
  has(name: Name): boolean;
  /** In the order in which they were started; of these names only, when names are given. */
  all(...names: readonly Name[]): readonly Child[];
  kill(name: Name, signal?: NodeJS.Signals): Promise<void>;
  killAll(): Promise<void>;
}

/** No process yet; how one is started is asked each time. */
export function childrenOf<Name extends string>(options: (name: Name) => Omit<ChildOptions, 'name'>): Children<Name> {
  const running = new Map<Name, Child>();
  const kill = async (name: Name, signal?: NodeJS.Signals) => {
    const child = running.get(name);
    running.delete(name);
    await child?.kill(signal);
  };
  return {
    start(name) {
      if (running.has(name)) throw new Error(`${name} runs already`);
      running.set(name, startChild({ name, ...options(name) }));
    },
    has: (name) => running.has(name),
    all: (...names) => [...running].filter(([name]) => names.length === 0 || names.includes(name)).map(([, child]) => child),
    kill,
    async killAll() {
      await Promise.all([...running.keys()].map((name) => kill(name)));
    },
  };
}
