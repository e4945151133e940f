import { agentOptions, agentWords, nodeOptions } from './agent-options.ts';
import { EXIT } from './exit-code.ts';
import type { DefineCommand } from './program.ts';

/** `portcullis agent`: tells the controller what listens in the pods of a node. */
export const defineAgent: DefineCommand = (program, io, finish) => {
  agentWords(program.command('agent'), io.env).action(async (raw: Readonly<Record<string, unknown>>) => {
    const { runAgent, printOnce } = await import('./agent-run.ts');
    if (raw.once === true) printOnce(nodeOptions(raw), io);
    else await runAgent(agentOptions(raw), io);
    finish(EXIT.clean);
  });
};
