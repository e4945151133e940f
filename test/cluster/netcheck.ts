import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, type GoProgram } from './go-build.ts';

const NETCHECK: GoProgram = {
  name: 'netcheck',
  what: 'netcheck, the network program of the test pods',
  source: fileURLToPath(new URL('bin/netcheck/', import.meta.url)),
  binary: 'netcheck',
  links: [],
  stamps: () => [],
};

/**
 * The path of netcheck, one static binary that needs no other file. Built when the cache has none for these sources and this Go, in
 * seconds. Throws with a sentence that says what is missing, or with the compiler's words.
 */
export async function netcheckProgram(): Promise<string> {
  return join(await built(NETCHECK), NETCHECK.binary);
}
