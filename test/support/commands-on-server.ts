import { allowName } from '../../src/core/pair/allow.ts';
import type { ApiServer } from '../cluster/api-server.ts';
import { type Ran, run, withFiles } from './cli.ts';
import { documentOf } from './parse-template.ts';

/** The command line on a real API server, and what its words are compared with. */

/** The names of the pair that `entryOf` wants, in the order in which they close a namespace without pods. */
export const PAIR = ['portcullis-block', 'portcullis-allow', allowName({ matchLabels: { app: 'api' } }, 'ingress')];

export const templateOf = (entries: string) => documentOf(`mode: enforce\nunlisted: off\nnamespaces:\n${entries}`);

/** An entry that permits one port on the pods of `app: api`. */
export const entryOf = (name: string, port = 8080) => `  - name: ${name}\n    rules: [{pods: {app: api}, ports: [${port}]}]\n`;

/** Runs a command as admin, with a template where one is given. A folder for its files is DIR, in words and in what it prints. */
export function runOn(api: ApiServer, words: readonly string[], template?: string): Promise<Ran> {
  return withFiles({ 'template.yaml': template ?? '' }, (folder) => {
    const file = template === undefined ? [] : ['--template', `${folder}/template.yaml`];
    return run([...words.map((word) => word.replace('DIR', folder)), ...file, '--kubeconfig', api.kubeconfig()], { folder });
  });
}

/** The lines of `apply` about a namespace, by the names of the policies and what was done. */
export function told(namespace: string, lines: readonly (readonly [name: string, done: string])[]): string {
  return lines.map(([name, done]) => `networkpolicy.networking.k8s.io/${name} -n ${namespace} ${done}\n`).join('');
}

/** The rows of a table about one namespace, ` | ` between their cells; the age of what is there is AGE. */
export function rowsOf(table: string, namespace: string): string[] {
  return table.split('\n').flatMap((line) => {
    const cells = line.split(/ {3,}/);
    return cells[0] === namespace ? [cells.map((cell) => (/^\d+s$/.test(cell) ? 'AGE' : cell)).join(' | ')] : [];
  });
}
