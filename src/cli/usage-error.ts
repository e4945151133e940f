/**
 * What the parser of the command line says of a mistake, in the voice of every other error: the program's name, what is wrong, what
 * would be right. Ends with a newline.
 */
export function usageError(said: string): string {
  const message = said
    .replace(/^error: /, '')
    .replace(/\n?\(Did you mean (.+)\?\)/, '; did you mean $1?')
    .replace(/^option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/m, '$1 $2: write one of $3')
    .replace(/^command-argument value '(.*)' is invalid for argument '.*'\. Allowed choices are (.*)\.$/m, '$1: write one of $2')
    .replace(/^required option '(.*)' not specified$/m, '$1 is missing')
    .replace(/^option '(?:-\w, )?(.*)' argument missing$/m, '$1: its value is missing')
    .replace(/^missing required argument '(.*)'$/m, (_, name: string) => `${name.toUpperCase()} is missing`);
  return `portcullis: ${message}`;
}
