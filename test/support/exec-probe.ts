import type { PodExec } from '../../src/adapters/kube/exec.ts';
import { KubeError } from '../../src/adapters/kube/kube-error.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { runCli } from '../../src/cli/program.ts';
import { recordingIo } from './recording-io.ts';

/** Runs `node portcullis.js WORDS` of an exec in this process, and tells its output as it comes. */
export const execHere: PodExec = async ({ command: [, , ...words] }, { signal, heard = () => {} }) => {
  const io = recordingIo();
  const called = new Promise<never>((_, reject) => {
    const off = () => reject(new KubeError('called off', { status: 0, reason: 'Aborted' }));
    if (signal?.aborted) off();
    else signal?.addEventListener('abort', off);
  });
  const tell = (text: string) => {
    io.out(text);
    heard(text);
  };
  const ran = runCli(words, { ...io, out: tell, ...(signal === undefined ? {} : { stop: signal }) }, COMMANDS);
  const code = await Promise.race([ran, called]);
  return { code, stdout: io.printed.out, stderr: io.printed.err };
};
