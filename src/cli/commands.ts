import type { DefineCommand } from './program.ts';
import { defineServe } from './serve/serve.ts';

/** Every command of the line, in the order of the help. */
export const COMMANDS: readonly DefineCommand[] = [defineServe];
