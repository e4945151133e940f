import { readFileSync } from 'node:fs';
import { readDocuments, TEMPLATE_LIMITS } from '../../src/adapters/yaml/read.ts';
import type { Issue } from '../../src/core/document.ts';
import { mergeTemplates } from '../../src/core/template/merge.ts';
import { parseTemplate } from '../../src/core/template/parse.ts';
import { FUZZ_TEMPLATE } from './fuzz-template.ts';
import { pump } from './growth.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';
import { excerpt } from './target.ts';
import { damagedText } from './text.ts';

const SEEDS = [FUZZ_TEMPLATE, readFileSync(new URL('../fixtures/template.yaml', import.meta.url), 'utf8')] as const;

const WORDS = [
  '\n',
  ' ',
  '  ',
  ': ',
  '- ',
  '[',
  ']',
  '{',
  '}',
  ', ',
  '"',
  "'",
  '#',
  '*a',
  '&a ',
  '<<: *a',
  '---\n',
  '...\n',
  '\t',
  '|\n',
  '>-\n',
  '? ',
  '!!binary ',
  '%YAML 1.1\n',
  '80',
  '65536',
  '-1',
  '0x50',
  '1e3',
  '9100-9000',
  '/UDP',
  '/ICMP',
  'null',
  '~',
  'off',
  'yes',
  'enforce',
  'ports: ',
  'from: ',
  'to: []',
  'namespaces:',
  'rules:',
  'name: ',
  '__proto__: ',
  'constructor: {}',
  '10.0.0.0/33',
  '::/0',
  '\u2028',
  '\ufeff',
] as const;

/** What may cost the reader of a template more than it is long. */
export const TEMPLATE_PUMPS = [
  pump(
    'namespaces',
    '  - {name: a, rules: [{ports: [80, 443/UDP]}]}\n',
    'apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\nnamespaces:\n',
  ),
  pump(
    'ports of a rule',
    '80, ',
    'apiVersion: portcullis.dev/v1alpha1\nkind: PortTemplate\nnamespaces: [{name: a, rules: [{ports: [',
    '81]}]}]',
  ),
  pump('unknown keys', 'x: 1\n'),
  pump('one long key', 'x', '', ': 1'),
  pump('open brackets', '['),
  pump('open quotes', '"a: '),
  pump('documents', '---\na: 1\n'),
  pump('dashes', '- '),
  pump('questions', '? '),
  pump('anchors', '- &a [x]\n- *a\n'),
  pump('tabs', '\t'),
  pump('spaces before a colon', ' ', 'a', ': 1'),
  pump('a block text', '  x\n', 'a: |\n'),
  pump('comments', '# x\n'),
  pump('digits', '9', 'a: '),
] as const;

/** Everything a text goes through on its way to a template. */
export function readTemplateText(text: string): readonly Issue[] {
  const read = readDocuments({ document: 'template.yaml', text }, TEMPLATE_LIMITS);
  const parsed = read.documents.map(parseTemplate);
  const issues = [...read.issues, ...parsed.flatMap((one) => (one.ok ? [] : one.issues))];
  if (issues.length > 0) return issues;
  const merged = mergeTemplates(parsed.flatMap((one) => (one.ok ? [one.part] : [])));
  return merged.ok ? [] : merged.issues;
}

/** Damaged templates: each is read, or refused with issues whose places stand in the text. */
export async function startTemplateTarget(): Promise<Target> {
  const counts = { read: 0, refused: 0, issues: 0 };
  return {
    counts: () => counts,
    async feed(random: Random) {
      const text = damagedText(random.pick(SEEDS), WORDS, random);
      const issues = readTemplateText(text);
      counts[issues.length > 0 ? 'refused' : 'read'] += 1;
      counts.issues += issues.length;
      const lines = text.split(/\r\n|\r|\n/);
      const lost = issues.find(({ place, message }) => message === '' || !standsIn(place, lines));
      return lost === undefined
        ? undefined
        : `an issue without a place in the text: ${JSON.stringify(lost)}\n  text: ${excerpt(text, 3_000)}`;
    },
    close: async () => {},
  };
}

function standsIn({ document, line, column }: Issue['place'], lines: readonly string[]): boolean {
  return document === 'template.yaml' && line >= 1 && line <= lines.length && column >= 1 && column <= (lines[line - 1] ?? '').length + 1;
}
