import { describe, expect, it } from 'vitest';
import { countFindings } from '../../../src/app/finding-count.ts';
import { makeScanResults, type PodResult, type ResultListener } from '../../../src/app/scan-results.ts';
import type { Finding } from '../../../src/core/finding.ts';
import { findings } from '../../../src/core/pod-findings.ts';
import { podStateKey } from '../../../src/core/scan-selection.ts';
import { inside, listener, outside, podState } from '../../support/scan.ts';
import { rememberingMetrics } from '../../support/silence.ts';

/** A result of a pod that listens on these ports, which nobody authorized. */
function result(uid: string, open: readonly string[], shut: readonly string[] = [], restarts = 0): PodResult {
  const pod = podState({ uid, restarts });
  const view = inside(...[...open, ...shut].map((port) => listener(port)));
  const states = [outside({ ...statesOf(open, 'open'), ...statesOf(shut, 'closed') })];
  const found: Finding[] = findings({
    declared: [],
    ended: [],
    inside: view,
    outside: states,
    hostNetwork: false,
    authorized: () => undefined,
  });
  return { pod, state: podStateKey(pod), inside: view, outside: states, findings: found, twice: [], gaps: [], at: new Date(0) };
}

function statesOf(ports: readonly string[], state: 'open' | 'closed') {
  return Object.fromEntries(ports.map((port) => [`${port}/TCP`, state]));
}

function remembering(): ResultListener & { readonly heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    judged: (now, before) => heard.push(`${now.state} after ${before?.state ?? 'nothing'}`),
    gone: ({ uid }) => heard.push(`${uid} gone`),
  };
}

describe('the results of scans', () => {
  it('are kept by uid, and every listener hears of each with the one before', () => {
    const [first, second] = [remembering(), remembering()];
    const results = makeScanResults([first, second]);
    results.put(result('a', ['80']));
    results.put(result('a', ['80'], [], 1));
    results.put(result('b', ['80']));
    const expected = ['a 0 10.0.0.7 after nothing', 'a 1 10.0.0.7 after a 0 10.0.0.7', 'b 0 10.0.0.7 after nothing'];
    expect([first.heard, second.heard, [...results.all()].map(({ pod }) => pod.uid)]).toEqual([expected, expected, ['a', 'b']]);
  });

  it('go with their pod, which is told once', () => {
    const heard = remembering();
    const results = makeScanResults([heard]);
    results.remove('a');
    results.put(result('a', ['80']));
    results.remove('a');
    results.remove('a');
    expect([heard.heard, results.of('a')]).toEqual([['a 0 10.0.0.7 after nothing', 'a gone'], undefined]);
  });

  it('are counted by verdict as they come, change and go', () => {
    const metrics = rememberingMetrics();
    const results = makeScanResults([countFindings(metrics)]);
    results.put(result('a', ['80', '81']));
    results.put(result('b', ['80'], ['82']));
    results.put(result('a', [], ['80']));
    results.remove('b');
    results.remove('a');
    expect(metrics.events).toEqual(
      [{ exposed: 2 }, { exposed: 3, contained: 1 }, { exposed: 1, contained: 2 }, { contained: 1 }, {}].map((byVerdict) => ({
        event: 'findings',
        byVerdict,
      })),
    );
  });
});
