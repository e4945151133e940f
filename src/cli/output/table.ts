import type { CheckReport } from '../../app/check-result.ts';
import { formatLine } from '../../core/document.ts';
import { printable } from '../../core/printable.ts';
import { colors } from '../color.ts';
import { type Cell, columns } from './columns.ts';
import { shortenMiddle, wrapWords } from './fit.ts';
import type { Printing } from './format.ts';
import { type Remark, remarksOf } from './remark.ts';
import { summarize, summaryText } from './summary.ts';

const HEADER = ['PLACE', 'OBJECT', 'VERDICT', 'PORT', 'WHY'];
/** Three spaces between five columns. */
const GAPS = 12;
/** Narrower than this, the reason has lines of its own below its row. */
const BESIDE = 110;
const INDENT = '    ';

/**
 * For people: a row for each remark, then what was counted. In a pipe everything is whole, one row a line. On a terminal the names that
 * do not fit are shortened in the middle, and reasons are wrapped.
 */
export function checkTable(report: CheckReport, { io }: Printing): string {
  const remarks = remarksOf(report).map(printableRemark);
  const { bold } = colors(io);
  const [objects = '', ...counts] = summaryText(summarize(report)).split(':');
  const summary = `${bold(objects)}:${counts.join(':')}\n`;
  if (remarks.length === 0) return summary;
  const rows = io.columns === undefined ? wholeRows(remarks, io) : fittedRows(remarks, { ...io, columns: io.columns });
  return `${rows}\n${summary}`;
}

/** Names come from the files. */
function printableRemark(remark: Remark): Remark {
  const place = { ...remark.place, document: printable(remark.place.document) };
  return {
    ...remark,
    place,
    object: printable(remark.object),
    brief: printable(remark.brief),
    ...(remark.fix === undefined ? {} : { fix: printable(remark.fix) }),
  };
}

type Colored = Printing['io'];

function wholeRows(remarks: readonly Remark[], io: Colored): string {
  return columns(
    HEADER,
    remarks.map((remark) => cells([formatLine(remark.place), remark.object], remark, { io, reason: reason(remark) })),
  );
}

function fittedRows(remarks: readonly Remark[], io: Colored & { readonly columns: number }): string {
  const fixed = widest(remarks.map(({ verdict }) => verdict)) + widest(['PORT', ...remarks.map(({ port }) => port)]);
  const room = Math.max(io.columns - fixed - GAPS, 40);
  if (io.columns < BESIDE) return stackedRows(remarks, { io, name: Math.floor((room + 3) / 2), text: io.columns - INDENT.length });
  const places = remarks.map(({ place }) => formatLine(place));
  const name = Math.floor(room * 0.3);
  const taken = Math.min(widest(places), name) + Math.min(widest(remarks.map(({ object }) => object)), name);
  return columns(
    HEADER,
    remarks.flatMap((remark) => {
      const [first = '', ...more] = wrapWords(reason(remark), room - taken);
      const row = cells(names(remark, name), remark, { io, reason: first });
      return [row, ...more.map((text) => [...row.slice(1).map(() => ({ text: '' })), { text }])];
    }),
  );
}

interface Widths {
  readonly io: Colored;
  /** Of a place and of an object. */
  readonly name: number;
  /** Of a reason. */
  readonly text: number;
}

function stackedRows(remarks: readonly Remark[], { io, name, text }: Widths): string {
  const rows = remarks.map((remark) => cells(names(remark, name), remark, { io }));
  const [header = '', ...lines] = columns(HEADER.slice(0, 4), rows).trimEnd().split('\n');
  const reasons = remarks.map((remark) => wrapWords(reason(remark), text).map((line) => `${INDENT}${line}`));
  return `${[header, ...lines.flatMap((line, index) => [line, ...(reasons[index] ?? [])])].join('\n')}\n`;
}

function names({ place, object }: Remark, width: number): string[] {
  return [shortenMiddle(formatLine(place), width), shortenMiddle(object, width)];
}

/** What is wrong, what to do, and by which word to look it up. The verdict of the template needs no more words. */
function reason({ verdict, brief, fix, code }: Remark): string {
  return verdict === 'warning' || verdict === 'note' ? `${brief}; ${fix} [${code}]` : brief;
}

function cells(
  named: readonly string[],
  { verdict, level, port }: Remark,
  shown: { readonly io: Colored; readonly reason?: string },
): Cell[] {
  const { red, yellow, cyan } = colors(shown.io);
  const paint = { error: red, warning: yellow, note: cyan }[level];
  const reasons = shown.reason === undefined ? [] : [{ text: shown.reason }];
  return [...named.map((text) => ({ text })), { text: verdict, paint }, { text: port }, ...reasons];
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}
