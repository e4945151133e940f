import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { whyNoGo } from '../cluster/go.ts';
import { withLock } from '../cluster/lock.ts';

describe('the lock of the build', () => {
  it('lets one in at a time, in this process', async () => {
    const name = randomUUID();
    const events: string[] = [];
    const enter = (who: string) =>
      withLock(name, async () => {
        events.push(`${who} in`);
        await new Promise(setImmediate);
        events.push(`${who} out`);
        return who;
      });
    expect((await Promise.all(['a', 'b', 'c'].map(enter))).toSorted()).toEqual(['a', 'b', 'c']);
    expect(events.map((event) => event.slice(2))).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
  });

  it('is free again when its action throws', async () => {
    const name = randomUUID();
    await expect(withLock(name, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(name, async () => 'in')).toBe('in');
  });

  it('is free again when its holder is killed by kill -9, and who waits gets it', async () => {
    const name = randomUUID();
    const hold = `import('./test/cluster/lock.ts').then(({ withLock }) => withLock('${name}', () => {
      console.log('held');
      setInterval(() => {}, 1000);
      return new Promise(() => {});
    }))`;
    const holder = spawn(process.execPath, ['--import', 'tsx', '-e', hold], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    let killed = false;
    const waiting = withLock(name, async () => killed);
    await new Promise(setImmediate); // a lock that let us in would have done so by now
    killed = true;
    holder.kill('SIGKILL');
    expect(await waiting).toBe(true);
  });
});

describe('whether this Go can build', () => {
  it.each([
    ['the version that is asked for', 'go version go1.26.0 linux/amd64', '1.26.0', undefined],
    ['a newer patch', 'go version go1.26.8 linux/amd64', '1.26.0', undefined],
    ['a newer minor, though its patch is lower', 'go version go1.27.0 linux/arm64', '1.26.3', undefined],
    ['an older minor', 'go version go1.19.8 linux/amd64', '1.26.0', 'Go 1.19.8 is too old; 1.26.0 or newer is needed'],
    ['an older patch', 'go version go1.26.2 linux/amd64', '1.26.3', 'Go 1.26.2 is too old; 1.26.3 or newer is needed'],
    ['no Go', undefined, '1.26.0', 'Go is not installed; 1.26.0 or newer is needed'],
    [
      'a build from source',
      'go version devel +abc',
      '1.26.0',
      'the version of Go cannot be read from "go version devel +abc"; 1.26.0 or newer is needed',
    ],
  ])('%s', (_, version, directive, answer) => {
    expect(whyNoGo(version, directive)).toBe(answer);
  });
});
