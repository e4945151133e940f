/** How a person without the plugin calls the program, and how every help text is written. */
const OWN_NAME = 'portcullis';

/**
 * A help text as it is right for the name by which the program was called: every command line in it begins with that name. `commands` are
 * the words that follow the name in a command line; elsewhere the name means the program and stays.
 */
export function helpFor(name: string, text: string, commands: readonly string[]): string {
  if (name === OWN_NAME) return text;
  const line = new RegExp(`(?<!kubectl )\\b${OWN_NAME} (?=\\[|(?:${commands.join('|')})\\b)`, 'g');
  return text.replaceAll(line, `${name} `);
}
