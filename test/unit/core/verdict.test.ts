import { describe, expect, it } from 'vitest';
import { explainVerdict, type Facts, judge, type Listening, type Reachable, severityOf, VERDICTS } from '../../../src/core/verdict.ts';

const BOOLEANS = [true, false];
const LISTENING: Listening[] = ['no', 'loopback', 'yes', 'unknown'];
const REACHABLE: Reachable[] = ['yes', 'no', 'unknown'];

/** Every combination of what can be known of a port: 2 x 2 x 4 x 3 x 2 x 2. */
const EVERY: Facts[] = BOOLEANS.flatMap((declared) =>
  BOOLEANS.flatMap((authorized) =>
    LISTENING.flatMap((listening) =>
      REACHABLE.flatMap((reachable) =>
        BOOLEANS.flatMap((ephemeral) =>
          BOOLEANS.map((confirmed) => ({ declared, authorized, listening, reachable, ephemeral, confirmed })),
        ),
      ),
    ),
  ),
);

/**
 * The table of the design, column by column, as text: declared, authorized, listening, reachable, verdict. `*`: any. `yes` under listening is
 * not loopback; `no2`: in two samples; `udp1`: a UDP socket in the ephemeral range in one sample.
 */
const TABLE = `
  yes yes yes        *       authorized
  no  yes yes        *       undeclared
  *   no  yes        yes     exposed
  *   *   udp1       *       possible
  *   no  yes        no      contained
  *   *   loopback   *       local
  yes *   no2        *       silent
  *   no  no|unknown yes     exposed
  *   *   unknown    unknown unknown
`;

/** What the table leaves open, and what is answered there. */
const BEYOND = `
  yes yes unknown    yes     authorized
  no  yes unknown    yes     undeclared
  *   *   *          *       unknown
`;

/**
 * Every combination, one by one, with the severity: declared, authorized, listening, reachable, and then the verdict where it was seen so once,
 * twice, and the same for a UDP socket in the ephemeral range.
 */
const ONE_BY_ONE = `
  yes yes yes      yes       authorized/fine     authorized/fine     authorized/fine     authorized/fine
  yes yes yes      no        authorized/fine     authorized/fine     authorized/fine     authorized/fine
  yes yes yes      unknown   authorized/fine     authorized/fine     authorized/fine     authorized/fine
  yes yes loopback yes       local/note          local/note          local/note          local/note
  yes yes loopback no        local/note          local/note          local/note          local/note
  yes yes loopback unknown   local/note          local/note          local/note          local/note
  yes yes no       yes       unknown/note        silent/note         unknown/note        silent/note
  yes yes no       no        unknown/note        silent/note         unknown/note        silent/note
  yes yes no       unknown   unknown/note        silent/note         unknown/note        silent/note
  yes yes unknown  yes       authorized/fine     authorized/fine     authorized/fine     authorized/fine
  yes yes unknown  no        unknown/note        unknown/note        unknown/note        unknown/note
  yes yes unknown  unknown   unknown/note        unknown/note        unknown/note        unknown/note
  yes no  yes      yes       exposed/violation   exposed/violation   exposed/violation   exposed/violation
  yes no  yes      no        contained/warning   contained/warning   possible/note       contained/warning
  yes no  yes      unknown   unknown/warning     unknown/warning     possible/note       unknown/warning
  yes no  loopback yes       local/note          local/note          local/note          local/note
  yes no  loopback no        local/note          local/note          local/note          local/note
  yes no  loopback unknown   local/note          local/note          local/note          local/note
  yes no  no       yes       exposed/violation   silent/violation    exposed/violation   silent/violation
  yes no  no       no        unknown/note        silent/note         unknown/note        silent/note
  yes no  no       unknown   unknown/note        silent/note         unknown/note        silent/note
  yes no  unknown  yes       exposed/violation   exposed/violation   exposed/violation   exposed/violation
  yes no  unknown  no        unknown/note        unknown/note        unknown/note        unknown/note
  yes no  unknown  unknown   unknown/note        unknown/note        unknown/note        unknown/note
  no  yes yes      yes       undeclared/warning  undeclared/warning  undeclared/warning  undeclared/warning
  no  yes yes      no        undeclared/warning  undeclared/warning  undeclared/warning  undeclared/warning
  no  yes yes      unknown   undeclared/warning  undeclared/warning  undeclared/warning  undeclared/warning
  no  yes loopback yes       local/note          local/note          local/note          local/note
  no  yes loopback no        local/note          local/note          local/note          local/note
  no  yes loopback unknown   local/note          local/note          local/note          local/note
  no  yes no       yes       unknown/note        unknown/note        unknown/note        unknown/note
  no  yes no       no        unknown/note        unknown/note        unknown/note        unknown/note
  no  yes no       unknown   unknown/note        unknown/note        unknown/note        unknown/note
  no  yes unknown  yes       undeclared/warning  undeclared/warning  undeclared/warning  undeclared/warning
  no  yes unknown  no        unknown/note        unknown/note        unknown/note        unknown/note
  no  yes unknown  unknown   unknown/note        unknown/note        unknown/note        unknown/note
  no  no  yes      yes       exposed/violation   exposed/violation   exposed/violation   exposed/violation
  no  no  yes      no        contained/warning   contained/warning   possible/note       contained/warning
  no  no  yes      unknown   unknown/warning     unknown/warning     possible/note       unknown/warning
  no  no  loopback yes       local/note          local/note          local/note          local/note
  no  no  loopback no        local/note          local/note          local/note          local/note
  no  no  loopback unknown   local/note          local/note          local/note          local/note
  no  no  no       yes       exposed/violation   exposed/violation   exposed/violation   exposed/violation
  no  no  no       no        unknown/note        unknown/note        unknown/note        unknown/note
  no  no  no       unknown   unknown/note        unknown/note        unknown/note        unknown/note
  no  no  unknown  yes       exposed/violation   exposed/violation   exposed/violation   exposed/violation
  no  no  unknown  no        unknown/note        unknown/note        unknown/note        unknown/note
  no  no  unknown  unknown   unknown/note        unknown/note        unknown/note        unknown/note
`;

/** The lines of a table, without those that are empty. */
function linesOf(table: string): string[] {
  return table.split('\n').filter((text) => text.trim() !== '');
}

function evaluate(facts: Facts): string {
  const words = {
    declared: facts.declared ? 'yes' : 'no',
    authorized: facts.authorized ? 'yes' : 'no',
    listening: [
      facts.listening,
      ...(facts.listening === 'no' && facts.confirmed ? ['no2'] : []),
      ...(facts.listening === 'yes' && facts.ephemeral && !facts.confirmed ? ['udp1'] : []),
    ],
  };
  const meets = (cell: string | undefined, values: string[]) =>
    cell === '*' || values.some((value) => (cell ?? '').split('|').includes(value));
  for (const line of linesOf(`${TABLE}${BEYOND}`)) {
    const [declared, authorized, listening, reachable, verdict = ''] = line.trim().split(/\s+/);
    const fits =
      meets(declared, [words.declared]) &&
      meets(authorized, [words.authorized]) &&
      meets(listening, words.listening) &&
      meets(reachable, [facts.reachable]);
    if (fits) return verdict;
  }
  return 'no row';
}

function facts(fields: Partial<Facts>): Facts {
  return { declared: false, authorized: false, listening: 'no', reachable: 'no', ephemeral: false, confirmed: false, ...fields };
}

describe('the verdict', () => {
  it('is that of the first row of the table that fits, for each of 192 combinations', () => {
    expect(EVERY).toHaveLength(192);
    expect(EVERY.map((one) => [one, judge(one)])).toEqual(EVERY.map((one) => [one, evaluate(one)]));
  });

  it('and its severity are these, one by one', () => {
    const cell = (facts: Facts) => `${judge(facts)}/${severityOf(facts)}`;
    const found = BOOLEANS.flatMap((declared) =>
      BOOLEANS.flatMap((authorized) =>
        (['yes', 'loopback', 'no', 'unknown'] as const).flatMap((listening) =>
          REACHABLE.map((reachable) => {
            const [once, twice] = [false, true].map((confirmed) => ({ declared, authorized, listening, reachable, confirmed }));
            const cells = [false, true].flatMap((ephemeral) => [once, twice].map((fields) => cell(facts({ ...fields, ephemeral }))));
            return [declared ? 'yes' : 'no', authorized ? 'yes' : 'no', listening, reachable, ...cells].join(' ');
          }),
        ),
      ),
    );
    expect(linesOf(ONE_BY_ONE).map((line) => line.trim().split(/\s+/).join(' '))).toEqual(found);
    expect(found).toHaveLength(48);
  });

  it('takes every value that there is, and no other', () => {
    expect([...new Set(EVERY.map(judge))].sort()).toEqual([...VERDICTS].sort());
  });

  const ephemeral = facts({ listening: 'yes', reachable: 'unknown', ephemeral: true });
  const table: Record<string, [Facts, verdict: string, severity: string]> = {
    'declared, authorized and open': [
      facts({ declared: true, authorized: true, listening: 'yes', reachable: 'yes' }),
      'authorized',
      'fine',
    ],
    'authorized for named peers only, so a stranger finds it shut': [
      facts({ declared: true, authorized: true, listening: 'yes', reachable: 'no' }),
      'authorized',
      'fine',
    ],
    'authorized, though the manifest does not say so': [facts({ authorized: true, listening: 'yes' }), 'undeclared', 'warning'],
    'declared, though nobody authorized it, and open': [
      facts({ declared: true, listening: 'yes', reachable: 'yes' }),
      'exposed',
      'violation',
    ],
    'nobody authorized it; the policy stops it': [facts({ listening: 'yes', reachable: 'no' }), 'contained', 'warning'],
    'loopback only': [facts({ declared: true, authorized: true, listening: 'loopback', reachable: 'no' }), 'local', 'note'],
    'declared and closed, seen once': [facts({ declared: true, authorized: true, listening: 'no' }), 'unknown', 'note'],
    'declared and closed, seen twice': [facts({ declared: true, authorized: true, listening: 'no', confirmed: true }), 'silent', 'note'],
    'a UDP socket in the ephemeral range, seen once': [ephemeral, 'possible', 'note'],
    'a UDP socket in the ephemeral range, seen twice': [{ ...ephemeral, confirmed: true }, 'unknown', 'warning'],
    'a UDP socket in the ephemeral range that is authorized, seen once': [
      { ...ephemeral, declared: true, authorized: true },
      'authorized',
      'fine',
    ],
    'an answer without a known socket': [facts({ listening: 'unknown', reachable: 'yes' }), 'exposed', 'violation'],
    'an answer, though two samples saw no socket': [
      facts({ declared: true, listening: 'no', reachable: 'yes', confirmed: true }),
      'silent',
      'violation',
    ],
    'an authorized answer without an inside view': [
      facts({ declared: true, authorized: true, listening: 'unknown', reachable: 'yes' }),
      'authorized',
      'fine',
    ],
    'a UDP listener that nobody authorized and no probe can tell of': [
      facts({ listening: 'yes', reachable: 'unknown' }),
      'unknown',
      'warning',
    ],
    'no view at all': [facts({ declared: true, authorized: true, listening: 'unknown', reachable: 'unknown' }), 'unknown', 'note'],
  };
  for (const [sentence, [input, verdict, severity]] of Object.entries(table)) {
    it(`of ${sentence} is ${verdict} (${severity})`, () => {
      expect([judge(input), severityOf(input)]).toEqual([verdict, severity]);
    });
  }

  it('is explained by a sentence that says why a view is missing', () => {
    expect(explainVerdict(facts({ listening: 'unknown', reachable: 'unknown', declared: true }), 'inside: no agent runs')).toBe(
      'not known: inside: no agent runs',
    );
    expect(EVERY.map((one) => explainVerdict(one, '')).filter((text) => text === '')).toEqual([]);
  });
});
