/** Runs a task when those before it with the same key have ended, whether they succeeded or not. */
export type InTurn = <T>(key: string, task: () => Promise<T>) => Promise<T>;

/** No task yet. What is remembered of a key goes with its last task. */
export function inTurn(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return (key, task) => {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(task, task);
    last.set(key, mine);
    const forget = () => {
      if (last.get(key) === mine) last.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  };
}
