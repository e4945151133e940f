import { StringDecoder } from 'node:string_decoder';
import { WebSocket } from 'ws';
import { parseJson } from '../../core/unknown.ts';
import { newAgent } from './agents.ts';
import { type ExecResult, readExecStatus } from './exec-status.ts';
import type { Identity } from './identity.ts';
import { KubeError, noAnswer, statusError } from './kube-error.ts';
import { corePath } from './paths.ts';
import { twiceIfRefused } from './renewal.ts';

/** A command in a container of a pod, by its arguments: no shell is in between. */
export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
}

export interface ExecLimits {
  /** From the first byte sent until the command has ended. */
  readonly timeoutMs: number;
  /** Of standard output and standard error together. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  /** Told of standard output as it comes; a letter of several bytes is never cut. */
  heard?(text: string): void;
}

/**
 * Runs a command in a container, without standard input. Rejects with a KubeError in words: what the server refused, no answer in time, too
 * much output, a connection that ended before the command did (its status may never come, so no status is a failure).
 */
export type PodExec = (target: ExecTarget, limits: ExecLimits) => Promise<ExecResult>;

/** The newest first: what the server takes is its choice (KEP-4006). Both send the exit status as an object on the third channel. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

const CHANNEL = { stdout: 1, stderr: 2, status: 3 } as const;

/** A Status is about 1 kB; the answer of a proxy in between may be a whole page. */
const LONGEST_REFUSAL = 65_536;

/** Commands in pods as this identity, each over a WebSocket of its own. `version` is that of Portcullis, for the User-Agent. */
export function podExec(identity: Identity, { version }: { readonly version: string }): PodExec {
  return async (target, limits) => {
    const what = nameOf(target);
    if (limits.signal?.aborted) throw failed(what, 'called off', 'Aborted');
    return twiceIfRefused(identity, (credentials) => {
      const { headers, tls, proxy, proxyAgent } = credentials;
      const socket = new WebSocket(addressOf(identity.server, target), PROTOCOLS, {
        ...tls,
        ...(proxy === undefined && proxyAgent === undefined ? {} : { agent: newAgent(credentials) }),
        headers: { ...headers, 'user-agent': `portcullis/${version}` },
        maxPayload: limits.maxBytes + 1,
        perMessageDeflate: false,
        followRedirects: false,
      });
      return outcomeOf(what, socket, limits);
    });
  };
}

function outcomeOf(what: string, socket: WebSocket, limits: ExecLimits): Promise<ExecResult> {
  const { timeoutMs, signal } = limits;
  return new Promise((resolve, reject) => {
    const end = (outcome: ExecResult | KubeError) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.terminate();
      if (outcome instanceof KubeError) reject(outcome);
      else resolve(outcome);
    };
    const timer = setTimeout(() => end(failed(what, `it did not end within ${timeoutMs} ms`, 'Timeout')), timeoutMs);
    const abort = () => end(failed(what, 'called off', 'Aborted'));
    signal?.addEventListener('abort', abort);
    socket.on('message', receiver(what, limits, end));
    socket.once('close', (code) => end(failed(what, `the connection ended (${code}) before the command did`, 'Unreachable')));
    // Stays: what breaks after the end is of no interest, and an error that nobody hears ends the process.
    socket.on('error', (error) => end(socketError(what, error, limits)));
    socket.once('unexpected-response', async (_, response) => {
      end(statusError(what, await readRefusal(response), { status: response.statusCode ?? 0 }));
    });
  });
}

/** For people: `cat in shop/api, container main`. The arguments may be long. */
function nameOf({ namespace, pod, container, command }: ExecTarget): string {
  return `${command[0] ?? ''} in ${namespace}/${pod}, container ${container}`;
}

function failed(what: string, why: string, reason: 'Aborted' | 'Timeout' | 'Unreachable' | 'TooLarge'): KubeError {
  return new KubeError(`${what}: ${why}`, { status: 0, reason });
}

function addressOf(server: URL, { namespace, pod, container, command }: ExecTarget): URL {
  const url = new URL(`${server.pathname.replace(/\/$/, '')}${corePath('pods', namespace, pod)}/exec`, server);
  url.protocol = 'wss:';
  for (const argument of command) url.searchParams.append('command', argument);
  for (const [name, value] of Object.entries({ container, stdin: 'false', stdout: 'true', stderr: 'true', tty: 'false' }))
    url.searchParams.append(name, value);
  return url;
}

/** Gathers the channels: the first byte of each message is its channel. The status is the last that matters. */
function receiver(what: string, { maxBytes, heard = () => {} }: ExecLimits, end: (outcome: ExecResult | KubeError) => void) {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  const texts = { stdout: '', stderr: '' };
  let bytes = 0;
  return (message: WebSocket.RawData) => {
    const data = asBuffer(message);
    const [channel, content] = [data[0], data.subarray(1)];
    if (channel === CHANNEL.status) return end(readExecStatus(what, content.toString('utf8'), texts));
    if (channel !== CHANNEL.stdout && channel !== CHANNEL.stderr) return undefined;
    const stream = channel === CHANNEL.stdout ? 'stdout' : 'stderr';
    bytes += content.length;
    if (bytes > maxBytes) return end(tooLong(what, maxBytes));
    const text = decoders[stream].write(content);
    texts[stream] += text;
    if (stream === 'stdout' && text !== '') heard(text);
    return undefined;
  };
}

function asBuffer(message: WebSocket.RawData): Buffer {
  if (Buffer.isBuffer(message)) return message;
  return Array.isArray(message) ? Buffer.concat(message) : Buffer.from(message);
}

function tooLong(what: string, maxBytes: number): KubeError {
  return failed(what, `it wrote more than ${maxBytes} bytes`, 'TooLarge');
}

function socketError(what: string, error: Error, { maxBytes }: ExecLimits): KubeError {
  const isTooLong = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
  return isTooLong ? tooLong(what, maxBytes) : noAnswer(what, error);
}

/** The body of an answer that is no WebSocket: a Status where the API server answered, else the text. Never rejects. */
async function readRefusal(response: AsyncIterable<Buffer>): Promise<unknown> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      if (chunks.reduce((sum, { length }) => sum + length, 0) > LONGEST_REFUSAL) break;
    }
  } catch {
    // What came until then must do.
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return parseJson(text) ?? text;
}
