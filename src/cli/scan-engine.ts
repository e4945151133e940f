import { connectScanner } from '../adapters/scan/connect.ts';
import { findNmap } from '../adapters/scan/find-nmap.ts';
import type { Scanner } from '../ports.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** A scanner, and a sentence about which one it is. */
export interface ChosenEngine {
  /** Absent: no outside view was asked for. */
  readonly scanner?: Scanner;
  readonly said: string;
}

/** nmap where it is installed, else the built-in connect scanner; or what was asked for. nmap stays a program of the user's. */
export async function chooseEngine(engine: string, searchPath: string): Promise<ChosenEngine> {
  if (engine === 'off') return { said: 'no outside view was asked for' };
  if (engine === 'connect') return { scanner: connectScanner(), said: 'from outside with the built-in connect scanner' };
  if (engine !== 'auto' && engine !== 'nmap')
    throw new CommandError(EXIT.usage, `--engine ${engine}: write one of auto, nmap, connect, off`);
  const nmap = await findNmap(searchPath);
  if (nmap !== undefined) {
    // Its reader of XML is of no use to any other command.
    const { nmapScanner } = await import('../adapters/scan/nmap.ts');
    return { scanner: nmapScanner({ path: nmap.path }), said: `from outside with nmap ${nmap.version}` };
  }
  if (engine === 'nmap') throw new CommandError(EXIT.failed, 'nmap is not installed; install it, or use --engine connect');
  return { scanner: connectScanner(), said: 'from outside with the built-in connect scanner (nmap is not installed)' };
}
