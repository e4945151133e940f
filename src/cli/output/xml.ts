/** Markup that needs no escaping any more. */
export interface Markup {
  readonly markup: string;
}

/** An element with its attributes and, in order, texts and further elements. Texts are escaped here and nowhere else. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  children: readonly (string | Markup)[],
): Markup {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeAttribute(String(value))}"`);
  if (children.length === 0) return { markup: `<${name}${words.join('')}/>` };
  const [only, ...more] = children;
  if (typeof only === 'string' && more.length === 0) return { markup: `<${name}${words.join('')}>${escapeText(only)}</${name}>` };
  const inner = children.map((child) => indent(typeof child === 'string' ? escapeText(child) : child.markup));
  return { markup: `<${name}${words.join('')}>\n${inner.join('\n')}\n</${name}>` };
}

/** A whole document; ends with a newline. */
export function xmlDocument({ markup }: Markup): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${markup}\n`;
}

/** Lines inside of texts stay where they are: only tags are moved. */
function indent(markup: string): string {
  return markup.replaceAll(/^(?= *<)/gm, '  ');
}

function escapeText(text: string): string {
  return withoutForbidden(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Line ends and tabs would become spaces (XML 1.0, 3.3.3). */
function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\r', '&#13;').replaceAll('\t', '&#9;');
}

/** XML 1.0 has no way to write control characters and halves of surrogate pairs, escaped or not (section 2.2). */
function withoutForbidden(text: string): string {
  return text.replaceAll(FORBIDDEN, '');
}

const FORBIDDEN = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu;
