/** What is to be taken down again, last first. */
export interface UndoStack {
  push(action: () => Promise<void>): void;
  /** Runs all that was pushed, each once; goes on after a failure and throws the first at the end. */
  run(): Promise<void>;
}

export function undoStack(): UndoStack {
  const actions: (() => Promise<void>)[] = [];
  return {
    push: (action) => void actions.push(action),
    async run() {
      const failures: unknown[] = [];
      for (const action of actions.splice(0).reverse()) await action().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}
