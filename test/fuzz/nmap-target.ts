import { readNmapXml } from '../../src/adapters/scan/nmap-xml.ts';
import { formatPort, type Port } from '../../src/core/port.ts';
import { report } from '../support/nmap-report.ts';
import { pump } from './growth.ts';
import type { Random } from './random.ts';
import { excerpt, type Target } from './target.ts';
import { damagedText } from './text.ts';

const ASKED: readonly Port[] = [80, 443, 8080, 9000].map((number) => ({ number, protocol: 'TCP' }));

const ADDRESS = '127.0.0.1';

const SEEDS = [
  report({
    rows: [
      ['tcp', 80, 'open'],
      ['tcp', 443, 'closed'],
      ['tcp', 8080, 'filtered'],
      ['tcp', 9000, 'open|filtered'],
    ],
  }),
  report({ rows: [['tcp', 80, 'open']], folds: [{ state: 'closed', count: 3, ports: '443,8080,9000' }] }),
  report({ folds: [{ state: 'filtered', count: 4 }] }),
  report({ hosts: 2, address: ADDRESS, folds: [{ state: 'closed', count: 4, ports: '80,443,8080,9000' }] }),
] as const;

const WORDS = [
  '<',
  '>',
  '/>',
  '</',
  '"',
  "'",
  '&',
  '&amp;',
  '&x;',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?xml ?>',
  '<!DOCTYPE x [',
  '<!ENTITY a "b">',
  '</nmaprun>',
  '<port protocol="tcp" portid="80"><state state="open"/></port>',
  '<host>',
  '</host>',
  'portid="99999"',
  'count="4"',
  'state="open"',
  'exit="error"',
  '<__proto__/>',
  'constructor="x"',
  '\0',
  '\u2028',
] as const;

/** What may cost the reader of a report more than it is long. */
export const NMAP_PUMPS = [
  pump('ports', '<port protocol="tcp" portid="80"><state state="open"/></port>', '<nmaprun><host><ports>', '</ports></host></nmaprun>'),
  pump('rows without a state', '<port protocol="tcp" portid="80">'),
  pump('spaces before a state', ' ', '<port protocol="tcp" portid="80">', '<stat'),
  pump('digits of a port', '9', '<port protocol="tcp" portid="'),
  pump('open elements', '<a>', '<nmaprun>', '</nmaprun>'),
  pump('attributes', ' a="1"', '<nmaprun', '></nmaprun>'),
  pump('comments', '<!-- x -->', '<nmaprun>', '</nmaprun>'),
  pump('open comments', '<!--', '<nmaprun>', '</nmaprun>'),
  pump('open document types', '<!DOCTYPE a [', '', '</nmaprun>'),
  pump('open sections', '<![CDATA[', '<nmaprun>', '</nmaprun>'),
  pump('ampersands', '&', '<nmaprun>', '</nmaprun>'),
  pump('line breaks', '\n', '<nmaprun>', '</nmaprun>'),
  pump('spaces in a tag', ' ', '<nmaprun', '></nmaprun>'),
] as const;

export const readReport = (text: string) => readNmapXml(text, ASKED, ADDRESS);

/** Damaged reports: never a throw, and one that counts accounts for every port that was asked, once. */
export async function startNmapTarget(): Promise<Target> {
  const counts = { whole: 0, refused: 0 };
  return {
    counts: () => counts,
    async feed(random: Random) {
      const text = damagedText(random.pick(SEEDS), WORDS, random);
      const reading = readReport(text);
      counts[reading.whole ? 'whole' : 'refused'] += 1;
      if (!reading.whole) return reading.reason === '' ? `refused without a reason: ${excerpt(text, 3_000)}` : undefined;
      const told = reading.probes.map(({ port }) => formatPort(port)).join();
      return told === ASKED.map(formatPort).join() ? undefined : `the ports ${told} of the report ${excerpt(text, 3_000)}`;
    },
    close: async () => {},
  };
}
