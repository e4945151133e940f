import { join } from 'node:path';
import { type Children, childrenOf } from '../children.ts';
import { files } from '../flags.ts';
import { ChildEnded } from '../wait.ts';
import { type Daemon, daemonFlags } from './flags.ts';
import { bareEnvironment, inside, type Machine } from './machine.ts';
import type { NodePlace } from './place.ts';
import { relayCommand } from './relay.ts';

/** The daemons of a node, each of which can be killed and started again on the same data. */
export interface Daemons {
  start(name: Daemon): Promise<void>;
  /** SIGKILL. */
  kill(name: Daemon): Promise<void>;
  /** Throws a ChildEnded, with the last lines of its log, when one of these ended by itself. */
  check(...names: readonly Daemon[]): Promise<void>;
}

/** Where the programs lie, by their own names. */
export interface Programs {
  readonly controlPlane: string;
  readonly addons: string;
}

interface Parts {
  readonly machine: Machine;
  readonly place: NodePlace;
  readonly programs: Programs;
}

/** The processes that run on a machine; the relay is one of them. */
export function nodeChildren({ machine, place, programs }: Parts): Children<Daemon | 'relay'> {
  const { folder } = place;
  const flags = daemonFlags(place);
  const program = (name: Daemon) => {
    if (name === 'containerd') return name; // Debian's
    return join(name === 'kube-router' ? programs.addons : programs.controlPlane, name);
  };
  const command = (name: Daemon | 'relay') => (name === 'relay' ? relayCommand(folder) : [program(name), ...flags[name]]);
  return childrenOf((name) => ({
    command: [...inside(machine.pid, folder), ...command(name)],
    log: files(folder).log(name),
    cwd: folder,
    env: bareEnvironment(folder),
  }));
}

/** The daemons among these processes. */
export function daemonsOf(children: Children<Daemon | 'relay'>): Daemons {
  return {
    start: async (name) => children.start(name),
    kill: (name) => children.kill(name),
    async check(...names) {
      const ended = children.all(...names).find((child) => child.ending() !== undefined);
      if (ended !== undefined) throw new ChildEnded(ended);
    },
  };
}
