import { inTurn } from '../app/in-turn.ts';
import { parsePortList } from '../core/port-list.ts';
import { writeProbeAnswer } from '../core/probe-answer.ts';
import type { Scanner, ScanTarget } from '../ports.ts';
import { CommandError, EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import type { DefineCommand } from './program.ts';
import { chooseEngine } from './scan-engine.ts';

interface ProbeWords {
  readonly ports?: string;
  readonly engine: string;
}

const HELP = `
Prints one line of JSON for each target, as soon as it is known. Without a target: the engine alone.

Examples:
  portcullis probe --ports 80/TCP,53/UDP 10.244.1.7
  portcullis probe 10.244.1.7=80,443 10.244.2.9=all`;

/** `portcullis probe`: the outside view of addresses from where it runs. `scan` runs it in a pod: it is no command for people, and hidden. */
export const defineProbe: DefineCommand = (program, io, finish) => {
  program
    .command('probe', { hidden: true })
    .description('Probe ports of addresses from here')
    .argument('[targets...]', 'ADDRESS or ADDRESS=PORTS')
    .option('--ports <list>', 'like 80/TCP,9000-9100/UDP, or all (every TCP port), for targets that name none')
    .option('--engine <engine>', 'auto, nmap or connect', 'auto')
    .addHelpText('after', HELP)
    .action(async (targets: string[], words: ProbeWords) => {
      await probe(targets, words, io);
      finish(EXIT.clean);
    });
};

interface Wanted extends ScanTarget {
  /** As it was written. */
  readonly text: string;
}

async function probe(texts: readonly string[], { ports, engine }: ProbeWords, io: Io): Promise<void> {
  const wanted = texts.map((text) => readTarget(text, ports));
  const { scanner } = await chooseEngine(engine, io.env.PATH ?? '');
  if (scanner === undefined) throw new CommandError(EXIT.usage, '--engine off: nothing can be probed with it');
  if (wanted.length === 0) return io.out(`${JSON.stringify({ engine: scanner.engine })}\n`);
  // Sweeps take turns, as one of them needs every descriptor that there is.
  const sweeps = inTurn();
  await Promise.all(
    wanted.map((target) => (target.ports === 'all' ? sweeps('', () => answer(target, scanner, io)) : answer(target, scanner, io))),
  );
}

async function answer({ text, ...target }: Wanted, scanner: Scanner, io: Io): Promise<void> {
  io.out(`${writeProbeAnswer({ target: text, view: await scanner.scan(target, io.stop) })}\n`);
}

function readTarget(text: string, fallback: string | undefined): Wanted {
  const cut = text.indexOf('=');
  const [address, ports] = cut < 0 ? [text, fallback] : [text.slice(0, cut), text.slice(cut + 1)];
  if (ports === undefined) throw new CommandError(EXIT.usage, `${text}: say which ports: ${text}=80/TCP, or --ports 80/TCP`);
  if (ports === 'all') return { text, address, ports };
  const list = parsePortList(ports);
  if ('problem' in list) throw new CommandError(EXIT.usage, list.problem);
  return { text, address, ports: list };
}
