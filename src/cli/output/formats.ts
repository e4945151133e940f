import type { Format } from './format.ts';

/** The names of `-o`. */
export const FORMAT_NAMES = ['table', 'json', 'yaml', 'sarif', 'junit', 'github'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** How each is loaded: a run needs one of them. */
const FORMATS: Readonly<Record<FormatName, () => Promise<Format>>> = {
  table: async () => (await import('./table.ts')).checkTable,
  json: async () => (await import('./json.ts')).checkJson,
  yaml: async () => (await import('./yaml.ts')).checkYaml,
  sarif: async () => (await import('./sarif.ts')).checkSarif,
  junit: async () => (await import('./junit.ts')).checkJunit,
  github: async () => (await import('./github.ts')).checkGithub,
};

/** The writer of a format. */
export function loadFormat(name: FormatName): Promise<Format> {
  return FORMATS[name]();
}
