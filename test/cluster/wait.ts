import { setTimeout as pause } from 'node:timers/promises';
import type { Child } from './proc.ts';

const INTERVAL = 25;

export interface WaitOptions {
  /** Milliseconds until the wait is given up. */
  readonly deadline: number;
  /** Processes that must live meanwhile: the end of one ends the wait. */
  readonly children?: readonly Child[];
}

/** A process that was waited for ended by itself. */
export class ChildEnded extends Error {
  readonly child: Child;
  constructor(child: Child) {
    const ending = child.ending();
    super(`${child.name} ended (code ${ending?.code}, signal ${ending?.signal}):\n${child.tail()}`);
    this.child = child;
  }
}

/**
 * Polls every 25 ms until the probe says yes. Throws a ChildEnded when a process ends meanwhile, and an error that names what was
 * waited for, with the logs of the processes, when the deadline passes. The probe must not hang: give it a time limit of its own.
 */
export async function until(what: string, probe: () => Promise<boolean>, options: WaitOptions): Promise<void> {
  const { deadline, children = [] } = options;
  const end = performance.now() + deadline;
  for (;;) {
    const dead = children.find((child) => child.ending() !== undefined);
    if (dead !== undefined) throw new ChildEnded(dead);
    if (await probe()) return;
    if (performance.now() > end) {
      const logs = children.map((child) => `--- ${child.name}\n${child.tail()}`).join('\n');
      throw new Error(`waited ${deadline} ms in vain for ${what}\n${logs}`.trimEnd());
    }
    await pause(INTERVAL);
  }
}
