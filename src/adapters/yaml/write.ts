import { DEFAULT_SCALAR_STYLE_RULES, dump, SCALAR_STYLE, type ScalarStyleRule } from 'js-yaml';
import { MARK } from '../../core/printable.ts';

/**
 * Values as one YAML stream, each document behind its `---`; the same values make the same bytes. Texts that some YAML reader would
 * take for a number, a boolean or a date are quoted, and so are those with marks that reorder or hide text, which are written as escapes: the
 * reader of the file sees them, and the reader of the value gets what was there. Lines are never folded.
 */
export function writeDocuments(values: readonly unknown[]): string {
  return values
    .map((value) => `---\n${dump(value, OPTIONS)}`)
    .join('')
    .replace(EACH_MARK, escaped);
}

/** The first rule that chooses wins. */
const quoteMarks: ScalarStyleRule = (layout) => {
  if (MARK.test(layout.node.value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
};

const OPTIONS = { noRefs: true, lineWidth: -1, scalarStyleRules: [quoteMarks, ...Object.values(DEFAULT_SCALAR_STYLE_RULES)] };

const EACH_MARK = new RegExp(MARK.source, 'gu');

/** YAML 1.2.2, 5.7: rules 60 and 61. */
function escaped(mark: string): string {
  const code = (mark.codePointAt(0) ?? 0).toString(16);
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
}
