import { describe, expect, it } from 'vitest';
import { makeProgress } from '../../../src/cli/progress.ts';

const ERASE = '\r\u001b[2K';

/** What was printed, a text for each call. */
function recorded(progress: boolean) {
  const printed: string[] = [];
  let ms = 0;
  const line = makeProgress({ err: (text) => printed.push(text), progress }, 'pods', () => ms);
  return { printed, line, pass: (milliseconds: number) => (ms += milliseconds) };
}

describe('the progress of a scan', () => {
  it('tells how many are done and how long it will take, and is gone in the end', () => {
    const { printed, line, pass } = recorded(true);
    line.tell(0, 40);
    pass(1_000);
    line.tell(1, 40);
    pass(2_000);
    line.tell(10, 40);
    line.tell(10, 40);
    pass(300_000);
    line.tell(20, 40);
    line.tell(40, 40);
    line.end();
    line.end();
    expect(printed).toEqual([
      '0/40 pods',
      `${ERASE}1/40 pods`,
      `${ERASE}10/40 pods, about 9 s left`,
      `${ERASE}20/40 pods, about 5 min left`,
      `${ERASE}40/40 pods`,
      ERASE,
    ]);
  });

  it('stays below what is said meanwhile', () => {
    const { printed, line } = recorded(true);
    line.tell(1, 2);
    line.say('a container has ended');
    expect(printed).toEqual(['1/2 pods', ERASE, 'a container has ended\n', '1/2 pods']);
  });

  it('is only what is said where nobody looks', () => {
    const { printed, line } = recorded(false);
    line.tell(1, 2);
    line.say('a container has ended');
    line.end();
    expect(printed).toEqual(['a container has ended\n']);
  });
});
