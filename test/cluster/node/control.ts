import { createServer, request, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Daemons } from './daemons.ts';
import type { Daemon } from './flags.ts';
import { nodeFiles } from './place.ts';

/**
 * The daemons of a node belong to the process that started it: they end with it. Other processes that share the node (each test file
 * is one) ask that process, by HTTP over a unix socket in the work folder.
 */

type Action = keyof Daemons;

interface Wish {
  readonly action: Action;
  readonly names: readonly Daemon[];
}

interface Reply {
  /** Why it could not be done. */
  readonly error?: string;
}

/** Serves the wishes of other processes; close it with the node. */
export function serveDaemons(folder: string, daemons: Daemons): Server {
  const server = createServer(async (incoming, outgoing) => {
    const reply = await fulfil(JSON.parse(await text(incoming)), daemons).then(
      (): Reply => ({}),
      (error: unknown): Reply => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    outgoing.end(JSON.stringify(reply));
  });
  return server.listen(nodeFiles(folder).controlSocket);
}

async function fulfil({ action, names }: Wish, daemons: Daemons): Promise<void> {
  if (action === 'check') return daemons.check(...names);
  for (const name of names) await daemons[action](name);
}

/** The daemons of a node that another process started. */
export function remoteDaemons(folder: string): Daemons {
  const wish = async (action: Action, ...names: readonly Daemon[]) => {
    const reply: Reply = JSON.parse(await ask(nodeFiles(folder).controlSocket, { action, names }));
    if (reply.error !== undefined) throw new Error(reply.error);
  };
  return {
    start: (name) => wish('start', name),
    kill: (name) => wish('kill', name),
    check: (...names) => wish('check', ...names),
  };
}

function ask(socketPath: string, wish: Wish): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method: 'POST' }, (incoming) => resolve(text(incoming)));
    outgoing.once('error', reject);
    outgoing.end(JSON.stringify(wish));
  });
}
