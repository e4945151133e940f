import { isRecord } from '../../core/unknown.ts';
import type { Headers } from './identity.ts';
import { KubeError } from './kube-error.ts';

/** What may stand in the name of a header (RFC 9110, token), but for the sign that escapes. */
const PLAIN = /[!#$&'*+\-.^_`|~0-9A-Za-z]/;

/**
 * The headers by which a user of a kubeconfig acts as somebody else (`as`, `as-uid`, `as-groups`, `as-user-extra`), as client-go sends them;
 * none where the fields are empty. Throws a KubeError where they ask for more than a name without a name, as kubectl refuses it
 * (clientcmd/validation.go), and where one is no text: a call that leaves out a part of them runs with other rights than the file says.
 */
export function impersonationHeaders(name: string, user: Readonly<Record<string, unknown>>): Headers {
  const as = textField(name, 'as', user.as);
  const uid = textField(name, 'as-uid', user['as-uid']);
  const groups = textList(name, 'as-groups', user['as-groups']);
  const extra = extraOf(name, user['as-user-extra']);
  if (as === '') {
    if (uid === '' && groups.length === 0 && extra.length === 0) return {};
    throw problem(`its user "${name}" names a uid, groups or extra fields to act with, but nobody to act as (\`as\`)`);
  }
  const headers: Record<string, string | string[]> = { 'impersonate-user': asBytes(as) };
  if (uid !== '') headers['impersonate-uid'] = asBytes(uid);
  if (groups.length > 0) headers['impersonate-group'] = groups.map(asBytes);
  for (const [key, values] of extra) {
    const header = `impersonate-extra-${escaped(key)}`;
    // Keys that differ only in capitals are one key to the server.
    headers[header] = [...(headers[header] ?? []), ...values.map(asBytes)];
  }
  return headers;
}

function extraOf(name: string, value: unknown): (readonly [key: string, values: readonly string[]])[] {
  if (value === undefined || value === null) return [];
  if (!isRecord(value)) throw problem(`as-user-extra of its user "${name}" is no map of lists of texts`);
  return Object.entries(value).map(([key, values]) => [key, textList(name, `as-user-extra.${key}`, values)]);
}

function textField(name: string, field: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw problem(`${field} of its user "${name}" is no text`);
  return value;
}

function textList(name: string, field: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string'))
    throw problem(`${field} of its user "${name}" is no list of texts`);
  return value;
}

/** Node writes one byte a character, the API server reads UTF-8. */
function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/**
 * As client-go writes a key (transport/round_trippers.go). The server makes the name small before it decodes it, so that only what is
 * escaped keeps its capitals.
 */
function escaped(key: string): string {
  const bytes = [...asBytes(key)].map((byte) => (PLAIN.test(byte) ? byte : `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`));
  return bytes.join('').toLowerCase();
}

function problem(message: string): KubeError {
  return new KubeError(`the kubeconfig cannot be used: ${message}`, { status: 0, reason: 'Credentials' });
}
