import { afterEach, describe, expect, it } from 'vitest';
import { watchCertificates } from '../../../src/app/certificate-watch.ts';
import type { ServingCertificates } from '../../../src/app/certificates.ts';
import type { Stop } from '../../../src/ports.ts';
import { rememberingLog } from '../../support/silence.ts';

const serving = (cert: string, problems: readonly string[] = []): ServingCertificates => ({ cert, key: 'key', caBundle: 'ca', problems });

let stop: Stop = async () => undefined;
afterEach(() => stop());

/** Runs the watch on these answers, one a turn; the last one is repeated. Resolves with the changes and the log when all were asked for. */
function watch(answers: readonly (ServingCertificates | Error)[], changed: (certificates: ServingCertificates) => void = () => undefined) {
  const log = rememberingLog();
  const changes: string[] = [];
  let turn = 0;
  return new Promise<{ changes: string[]; log: typeof log }>((resolve) => {
    stop = watchCertificates({
      current: serving('first'),
      everyMs: 1,
      log,
      async ensure() {
        if (turn > answers.length) resolve({ changes, log });
        const answer = answers[Math.min(turn, answers.length - 1)] ?? serving('first');
        turn += 1;
        if (answer instanceof Error) throw answer;
        return answer;
      },
      changed(certificates) {
        changes.push(certificates.cert);
        changed(certificates);
      },
    });
  });
}

describe('a watch of the certificates', () => {
  it('tells of each change once', async () => {
    const { changes } = await watch([serving('first'), serving('second'), serving('second'), serving('third')]);
    expect(changes).toEqual(['second', 'third']);
  });

  it('goes on after a failure, and says so', async () => {
    const { changes, log } = await watch([new Error('no answer'), serving('second')]);
    expect(changes).toEqual(['second']);
    expect(log.lines).toEqual([
      { level: 'error', message: 'the certificates could not be checked', fields: { error: new Error('no answer') } },
    ]);
  });

  it('tells again of a change that could not be taken up', async () => {
    let refusals = 0;
    const { changes } = await watch([serving('second')], () => {
      refusals += 1;
      if (refusals === 1) throw new Error('key values mismatch');
    });
    expect(changes).toEqual(['second', 'second']);
  });

  it('warns of given ones that need a person', async () => {
    const { log } = await watch([serving('second', ['tls.crt expired'])]);
    expect(log.lines).toEqual([
      { level: 'warn', message: 'the given certificates need a person', fields: { problems: ['tls.crt expired'] } },
    ]);
  });

  it('is over when it is stopped', async () => {
    let asked = 0;
    const stopNow = watchCertificates({
      current: serving('first'),
      everyMs: 1,
      log: rememberingLog(),
      ensure: async () => {
        asked += 1;
        return serving('first');
      },
      changed: () => undefined,
    });
    await stopNow();
    expect(asked).toBe(0);
  });
});
