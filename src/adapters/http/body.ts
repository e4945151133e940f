import type { IncomingMessage } from 'node:http';
import type { FailureReason } from './failure.ts';

/** The largest review: the API server takes objects of 3 MiB, and an UPDATE carries two of them. */
export const BODY_LIMIT = 8 * 1024 * 1024;

/** How many bytes the headers announce; without an announcement as many as are allowed, 0 for a number that will be refused. */
export function announcedBytes(request: IncomingMessage): number {
  const announced = Number(request.headers['content-length'] ?? BODY_LIMIT);
  return announced >= 0 && announced <= BODY_LIMIT ? announced : 0;
}

/**
 * Reads a JSON body as text and calls back once: with the text, or with the reason to refuse it. A caller that goes away in the middle
 * gets no call: there is nobody to answer. (Callbacks, since this is the hot path: a promise and a stream iterator cost a tenth of it.)
 */
export function readBody(request: IncomingMessage, done: (body: string, refused?: FailureReason) => void): void {
  const refused = refusalByHeaders(request);
  if (refused === undefined) collect(request, done);
  else done('', refused);
}

function refusalByHeaders({ headers }: IncomingMessage): FailureReason | undefined {
  if (!isJson(headers['content-type'])) return 'UnsupportedMediaType';
  return Number(headers['content-length'] ?? 0) > BODY_LIMIT ? 'RequestEntityTooLarge' : undefined;
}

function collect(request: IncomingMessage, done: (body: string, refused?: FailureReason) => void): void {
  let chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    const fitted = length <= BODY_LIMIT;
    length += chunk.length;
    if (length <= BODY_LIMIT) {
      chunks.push(chunk);
    } else if (fitted) {
      chunks = [];
      done('', 'RequestEntityTooLarge');
    }
  });
  request.on('end', () => {
    if (length <= BODY_LIMIT) done(textOfChunks(chunks, length));
  });
  request.on('error', () => undefined);
}

function textOfChunks(chunks: readonly Buffer[], length: number): string {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first.toString('utf8') : Buffer.concat(chunks, length).toString('utf8');
}

function isJson(contentType: string | undefined): boolean {
  return contentType === 'application/json' || /^application\/json\s*(;|$)/i.test(contentType ?? '');
}
