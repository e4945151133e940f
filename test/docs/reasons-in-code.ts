import { readdirSync } from 'node:fs';
import ts from 'typescript';
import { readDocument } from './markdown.ts';

/** The functions of core/admission.ts and decide/answer.ts that make an answer of a reason, and what people call the answer. */
const MAKERS: Readonly<Record<string, string>> = { allowed: 'admitted', allowedWithWarnings: 'admitted', denied: 'refused (403)' };

/** Where the gate decides; checks.ts has the codes that become reasons by themselves. */
const FILES = [
  ...readdirSync(new URL('../../src/core/decide/', import.meta.url)).map((name) => `src/core/decide/${name}`),
  ...[
    'src/core/admission.ts',
    'src/app/review.ts',
    'src/app/template-edit.ts',
    'src/cli/serve/files.ts',
    'src/adapters/http/admission-route.ts',
  ],
];

/** Every machine reason in the sources of the gate, each with its answer: `invalid: refused (422)`. */
export function reasonsInCode(): string[] {
  const found = new Set(FILES.flatMap((path) => nodesOf(path).flatMap(answersAt)));
  for (const code of violationCodes()) found.add(`${code}: refused (403)`).add(`audit-${code}: admitted`);
  return [...found].sort();
}

function answersAt(node: ts.Node): string[] {
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const answer = MAKERS[node.expression.text];
    const [reason] = node.arguments;
    return answer === undefined || reason === undefined ? [] : textsOf(reason).map((text) => `${text}: ${answer}`);
  }
  return ts.isObjectLiteralExpression(node) ? writtenOut(node) : [];
}

/** An answer that is written out as an object: `{ reason: 'x', code: 500 }`. */
function writtenOut(object: ts.ObjectLiteralExpression): string[] {
  const initializerOf = (name: string) =>
    object.properties.filter(ts.isPropertyAssignment).find((property) => property.name.getText() === name)?.initializer;
  const [reason, code] = [initializerOf('reason'), initializerOf('code')];
  if (reason === undefined || code === undefined) return [];
  return textsOf(reason).map((text) => `${text}: ${code.getText() === '500' ? 'failed' : 'refused'} (${code.getText()})`);
}

/** The texts that an expression may be: of both sides of a condition; what a variable holds is not seen. */
function textsOf(expression: ts.Expression): string[] {
  if (ts.isStringLiteral(expression)) return [expression.text];
  return ts.isConditionalExpression(expression) ? [...textsOf(expression.whenTrue), ...textsOf(expression.whenFalse)] : [];
}

function violationCodes(): string[] {
  const alias = nodesOf('src/core/checks.ts')
    .filter(ts.isTypeAliasDeclaration)
    .find(({ name }) => name.text === 'ViolationCode');
  if (alias === undefined || !ts.isUnionTypeNode(alias.type)) throw new Error('ViolationCode is no union any more');
  return alias.type.types.map((member) => member.getText().replaceAll("'", ''));
}

function nodesOf(path: string): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node) => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readDocument(path), ts.ScriptTarget.Latest, true));
  return nodes;
}
