import type { OpenExchange } from './exchange.ts';
import { KubeError, noAnswer, statusError } from './kube-error.ts';

/**
 * The whole body as JSON. Rejects with the Status that the server sent where the answer is no success, and with a KubeError where the body
 * does not come, is too long or is not what its content type says. An answer without JSON (`/readyz`) is its text.
 */
export async function readJson(what: string, exchange: OpenExchange, maxCharacters: number): Promise<unknown> {
  const { response } = exchange;
  const text = await readText(what, exchange, maxCharacters);
  const status = response.statusCode ?? 0;
  const success = status >= 200 && status < 300;
  const value = parse(what, text, success && response.headers['content-type']?.includes('json') === true);
  if (success) return value;
  throw statusError(what, value, { status, retryAfter: response.headers['retry-after'] ?? '' });
}

/**
 * Each line of the body as JSON, as it comes (the form of a watch). `idleMs`: after so much silence it ends with a Timeout. A line that is
 * cut off by the end of the connection is an error, not a line.
 */
export async function* readJsonLines(
  what: string,
  exchange: OpenExchange,
  limits: { readonly idleMs: number; readonly maxCharacters: number },
): AsyncGenerator<unknown> {
  exchange.allow(limits.idleMs);
  let tail = '';
  for await (const chunk of chunksOf(exchange)) {
    exchange.allow(limits.idleMs);
    const lines = chunk.split('\n');
    for (const part of lines.slice(0, -1)) {
      const line = tail + part;
      tail = '';
      if (line.trim() !== '') yield parse(what, line, true);
    }
    tail += lines.at(-1) ?? '';
    if (tail.length > limits.maxCharacters) throw tooLong(what, limits.maxCharacters);
  }
  if (tail.trim() !== '') yield parse(what, tail, true);
}

/** By events: iterating over the stream costs a tenth of the whole call. */
function readText(what: string, exchange: OpenExchange, maxCharacters: number): Promise<string> {
  const { response } = exchange;
  return new Promise((resolve, reject) => {
    let text = '';
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > maxCharacters) response.destroy(tooLong(what, maxCharacters));
    });
    response.once('end', () => resolve(text));
    response.once('error', (error) => reject(exchange.failure(error)));
  });
}

async function* chunksOf(exchange: OpenExchange): AsyncGenerator<string> {
  try {
    for await (const chunk of exchange.response) yield String(chunk);
  } catch (error) {
    throw exchange.failure(error);
  }
}

function parse(what: string, text: string, mustBeJson: boolean): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!mustBeJson) return text;
    throw noAnswer(`${what}: the answer is not JSON`, error, 'Malformed');
  }
}

function tooLong(what: string, maxCharacters: number): KubeError {
  return new KubeError(`${what}: the answer is longer than ${maxCharacters} characters`, { status: 0, reason: 'TooLarge' });
}
