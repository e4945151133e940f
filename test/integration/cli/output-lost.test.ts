import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

/** A device on which no byte finds room. */
const FULL = '/dev/full';

it.skipIf(!existsSync(FULL))('a result that cannot be written is told, and leaves with 3', { timeout: 60_000 }, async () => {
  const full = await open(FULL, 'w');
  try {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', 'template', 'schema'], {
      stdio: ['ignore', full.fd, 'pipe'],
    });
    const [err, [code]] = await Promise.all([child.stderr === null ? '' : text(child.stderr), once(child, 'exit')]);
    expect({ code, err }).toEqual({ code: 3, err: 'portcullis: the output cannot be written: no space is left on the device\n' });
  } finally {
    await full.close();
  }
});
