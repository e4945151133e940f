import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { asList, asRecord, textOf } from '../../src/core/unknown.ts';

/** What an editor shows of a file that is open in it, asked of a real YAML language server over its stdin and stdout. */
export interface LanguageServer {
  /** Opens a file of this text, and answers the mistakes that are underlined as `LINE: MESSAGE`, lines from 1. */
  open(uri: string, text: string): Promise<string[]>;
  /** The words that are offered behind a position, both from 0. */
  complete(uri: string, line: number, character: number): Promise<string[]>;
  /** What is shown when somebody points at a position. */
  hover(uri: string, line: number, character: number): Promise<string>;
  stop(): Promise<void>;
}

/** Nothing is fetched: neither the catalog of schemas nor the schemas of Kubernetes. */
const SETTINGS = { schemaStore: { enable: false }, kubernetesCRDStore: { enable: false }, validate: true, completion: true, hover: true };

const require = createRequire(import.meta.url);

type Message = Readonly<Record<string, unknown>>;

/** Starts the server of the package `yaml-language-server`. */
export async function startLanguageServer(): Promise<LanguageServer> {
  const program = require.resolve('yaml-language-server/bin/yaml-language-server');
  const child = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const peer = makePeer(child);
  await peer.ask('initialize', { processId: process.pid, rootUri: null, capabilities: { workspace: { configuration: true } } });
  peer.tell('initialized', {});
  peer.tell('workspace/didChangeConfiguration', { settings: { yaml: SETTINGS } });
  const at = (uri: string, line: number, character: number) => ({ textDocument: { uri }, position: { line, character } });
  return {
    open: async (uri, text) => {
      const told = peer.diagnostics(uri);
      peer.tell('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } });
      return told;
    },
    complete: async (uri, line, character) => {
      const answer = await peer.ask('textDocument/completion', at(uri, line, character));
      return asList(asRecord(answer).items).map((item) => textOf(asRecord(item).label));
    },
    hover: async (uri, line, character) =>
      textOf(asRecord(asRecord(await peer.ask('textDocument/hover', at(uri, line, character))).contents).value),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill();
      }),
  };
}

/** One side of a conversation in JSON-RPC, as the Language Server Protocol frames it. */
function makePeer(child: ChildProcess) {
  const answers = new Map<number, (result: unknown) => void>();
  const waiting = new Map<string, (lines: string[]) => void>();
  const send = (message: Message) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const receive = ({ id, method, params, result }: Message) => {
    if (method === 'workspace/configuration') return send({ id, result: asList(asRecord(params).items).map(settingOf) });
    if (method === 'textDocument/publishDiagnostics') return waiting.get(textOf(asRecord(params).uri))?.(mistakesOf(params));
    if (typeof method === 'string') return id === undefined ? undefined : send({ id, result: null });
    if (typeof id === 'number') answers.get(id)?.(result);
  };
  readMessages(child, receive);
  let last = 0;
  return {
    tell: (method: string, params: object) => send({ method, params }),
    ask: (method: string, params: object) =>
      new Promise<unknown>((resolve) => {
        last += 1;
        answers.set(last, resolve);
        send({ id: last, method, params });
      }),
    diagnostics: (uri: string) => new Promise<string[]>((resolve) => waiting.set(uri, resolve)),
  };
}

function settingOf(item: unknown): unknown {
  return textOf(asRecord(item).section) === 'yaml' ? SETTINGS : {};
}

function mistakesOf(params: unknown): string[] {
  return asList(asRecord(params).diagnostics).map((one) => {
    const { range, message } = asRecord(one);
    return `${Number(asRecord(asRecord(range).start).line) + 1}: ${textOf(message)}`;
  });
}

function readMessages(child: ChildProcess, receive: (message: Message) => void): void {
  let buffer = Buffer.alloc(0);
  child.stdout?.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const end = buffer.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/.exec(buffer.subarray(0, Math.max(end, 0)).toString())?.[1]);
      if (end < 0 || buffer.length < end + 4 + length) return;
      const body = buffer.subarray(end + 4, end + 4 + length).toString();
      buffer = buffer.subarray(end + 4 + length);
      receive(asRecord(JSON.parse(body)));
    }
  });
}
