import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** A regular expression in the source of the program. */
export interface SourcePattern {
  readonly file: string;
  /** As it is written, `/a+/g`. */
  readonly text: string;
  readonly expression: RegExp;
}

export interface SourcePatterns {
  /** All that are written as literals. */
  readonly literals: readonly SourcePattern[];
  /** The files that put an expression together with `new RegExp`. */
  readonly madeIn: readonly string[];
}

const SOURCE = new URL('../../src/', import.meta.url);

/** Every regular expression below src. */
export function sourcePatterns(): SourcePatterns {
  const literals: SourcePattern[] = [];
  const madeIn = new Set<string>();
  for (const file of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))) {
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) literals.push({ file, text: node.text, expression: expressionOf(node.text) });
      if (ts.isNewExpression(node) && node.expression.getText() === 'RegExp') madeIn.add(file);
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(new URL(file, SOURCE), 'utf8'), ts.ScriptTarget.Latest, true));
  }
  return { literals, madeIn: [...madeIn].sort() };
}

function expressionOf(text: string): RegExp {
  const end = text.lastIndexOf('/');
  return new RegExp(text.slice(1, end), text.slice(end + 1));
}
