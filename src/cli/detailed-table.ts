import { stripVTControlCharacters } from 'node:util';
import { type Column, fitColumns } from './fit-columns.ts';
import type { Io } from './io.ts';
import { wrapWords } from './output/fit.ts';
import { table } from './table.ts';

/** A row, and a text about it that may be long; empty: there is none. */
export interface DetailedRow {
  readonly cells: readonly string[];
  readonly detail: string;
}

export interface DetailedTable {
  readonly columns: readonly Column[];
  readonly rows: readonly DetailedRow[];
  /** The header of the details. Absent: no row has one. */
  readonly detail?: string;
}

const INDENT = '    ';

/**
 * A table whose last column is the details, where that fits the terminal, and always in a pipe: one line a row. Else each detail has lines of
 * its own below its row, and names are shortened in the middle. Ends with a newline.
 */
export function detailedTable({ columns, rows, detail }: DetailedTable, { columns: width }: Pick<Io, 'columns'>): string {
  const headers = columns.map(({ header }) => header);
  const hasDetails = detail !== undefined && rows.some((row) => row.detail !== '');
  const whole = hasDetails
    ? table(
        [...headers, detail],
        rows.map((row) => [...row.cells, row.detail]),
      )
    : table(
        headers,
        rows.map(({ cells }) => cells),
      );
  if (width === undefined || whole.split('\n').every((line) => stripVTControlCharacters(line).length <= width)) return whole;
  const cells = fitColumns(
    columns,
    rows.map((row) => row.cells),
    width,
  );
  const [head = '', ...lines] = table(cells.header, cells.rows, cells.gap).trimEnd().split('\n');
  const below = rows.map((row) => (row.detail === '' ? [] : wrapWords(`${detail?.toLowerCase()} ${row.detail}`, width - INDENT.length)));
  return `${[head, ...lines.flatMap((line, index) => [line, ...(below[index] ?? []).map((text) => `${INDENT}${text}`)])].join('\n')}\n`;
}
