import { asCommandError } from '../cluster.ts';
import type { DefineCommand } from '../program.ts';
import { serveOptions, serveWords } from './options.ts';

/** `portcullis serve`: the gate and the controller. */
export const defineServe: DefineCommand = (program, io, finish) => {
  serveWords(program.command('serve'), io.env).action(async (raw) => {
    const options = serveOptions(raw);
    const serve = options.template === undefined ? (await import('./cluster.ts')).serveCluster : (await import('./files.ts')).serveFiles;
    try {
      finish(await serve(options, io));
    } catch (error) {
      throw asCommandError(error);
    }
  });
};
