import { describe, expect, it } from 'vitest';
import { firstThatKnows } from '../../../src/app/first-that-knows.ts';
import type { InsideView } from '../../../src/core/finding.ts';
import type { SocketSource } from '../../../src/ports.ts';
import { inside, listener } from '../../support/scan.ts';

const POD = { namespace: 'shop', name: 'api', uid: 'uid-1' };
const SEEN = inside(listener('80'));
const blind = (reason: string): InsideView => ({ known: false, reason });

/** Asks sources that answer so; answers how many were asked as well. */
async function ask(views: readonly InsideView[], signal = new AbortController().signal) {
  let asked = 0;
  const sources = views.map((view, index): SocketSource => {
    return {
      via: `s${index}`,
      sockets: async () => {
        asked += 1;
        return view;
      },
    };
  });
  const source = firstThatKnows(sources);
  return { via: source.via, view: await source.sockets(POD, signal), asked };
}

describe('several sources of sockets', () => {
  it('are asked until one knows', async () => {
    expect(await ask([blind('no agent'), SEEN, SEEN])).toEqual({ via: 's0 or s1 or s2', view: SEEN, asked: 2 });
  });

  it('say all reasons where none knows', async () => {
    expect((await ask([blind('no agent'), blind('no cat')])).view).toEqual(blind('no agent; no cat'));
  });

  it('are not asked on after an abort', async () => {
    expect(await ask([blind('it was stopped'), SEEN], AbortSignal.abort())).toMatchObject({ view: blind('it was stopped'), asked: 1 });
  });
});
