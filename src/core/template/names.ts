import { refine, report, type Shape, text } from './shape.ts';

const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const NAMESPACE_NAME = new RegExp(`^${LABEL}$`);
const PREFIX_PATTERN = /^[a-z0-9][-a-z0-9]{0,61}\*$/;

/** The exact name of a namespace (an RFC 1123 label). */
export const namespaceName: Shape<string> = withPattern(
  refine(text, (name, node, spot) => (NAMESPACE_NAME.test(name) ? name : report(spot, node.place, wrongName(name)))),
  NAMESPACE_NAME.source,
);

/** A name, or a prefix with one star at its end. */
export const namespacePattern: Shape<string> = withPattern(
  refine(text, (name, node, spot) => {
    if (NAMESPACE_NAME.test(name) || PREFIX_PATTERN.test(name)) return name;
    return report(spot, node.place, wrongPattern(name));
  }),
  `${NAMESPACE_NAME.source}|${PREFIX_PATTERN.source}`,
);

/** The name of a rule: it appears in messages and in an annotation, so it is one word. */
export const ruleName: Shape<string> = withPattern(
  refine(text, (name, node, spot) => {
    if (/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name)) return name;
    return report(spot, node.place, `"${name}" is no name of a rule; use up to 63 letters, digits, "-", "_" and ".", such as api-metrics`);
  }),
  '^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$',
);

function withPattern(shape: Shape<string>, pattern: string): Shape<string> {
  return { ...shape, schema: { ...shape.schema, pattern } };
}

function wrongPattern(name: string): string {
  if (name === '*')
    return '"*" would be every namespace; name a prefix like pr-*, or say with unlisted what holds for the namespaces not listed';
  if (name.includes('*')) return `"${name}" is no pattern; it has one star, at its end, behind lower-case letters, digits and "-": pr-*`;
  return wrongName(name);
}

function wrongName(name: string): string {
  if (name.includes('*')) return `"${name}" must be the exact name of a namespace, without a star`;
  const lower = name.toLowerCase().replaceAll(/[_.\s]/g, '-');
  const fix = NAMESPACE_NAME.test(lower) ? `; did you mean ${lower}?` : '';
  return `"${name}" is no name of a namespace (up to 63 lower-case letters, digits and "-", a letter or digit at both ends)${fix}`;
}
