import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { AGENT_SERVER_NAME } from '../../core/agent-names.ts';
import { type NodeSockets, readNodeSockets } from '../../core/node-sockets.ts';
import { asRecord } from '../../core/unknown.ts';
import type { AgentAddress, AgentTlsMaterial } from './agent-address.ts';

/** What an agent answered; without sockets nothing changed since the tag that was asked with. */
export interface AgentReply {
  readonly tag: string | undefined;
  readonly sockets?: NodeSockets;
}

export interface AgentQuestion {
  /** Only these pods; none: all. */
  readonly pods?: readonly string[];
  /** Answer when something changed since this tag, or after so many seconds. */
  readonly since?: { readonly tag: string; readonly waitSeconds: number };
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Asks agents. Rejects with an Error in words where one does not answer, or not as an agent of this node does. */
export interface AgentCaller {
  ask(agent: AgentAddress, question: AgentQuestion): Promise<AgentReply>;
  /** Closes every connection. */
  close(): void;
}

/** A node of 500 pods with a thousand sockets each. */
const BODY_LIMIT = 64 * 1024 * 1024;

/** Connections are kept, and made anew when the certificates change. `tls` tells in words why there are none yet. */
export function makeAgentCaller(port: number, tls: () => AgentTlsMaterial | string): AgentCaller {
  let current: { readonly material: AgentTlsMaterial; readonly agent: Agent } | undefined;
  const agents = new Set<Agent>();
  const agentFor = (material: AgentTlsMaterial): Agent => {
    if (current !== undefined && sameMaterial(current.material, material)) return current.agent;
    for (const agent of agents) retire(agent);
    const { ca, cert, key } = material;
    const agent = new Agent({ ca, cert, key, servername: AGENT_SERVER_NAME, minVersion: 'TLSv1.3', keepAlive: true, timeout: 60_000 });
    current = { material, agent };
    agents.add(agent);
    return agent;
  };
  return {
    ask: async (agent, question) => {
      const material = tls();
      if (typeof material === 'string') throw new Error(material);
      const response = await get({ ...agent, port, agent: agentFor(material) }, question);
      return readReply(agent, response);
    },
    close: () => {
      for (const agent of agents) agent.destroy();
    },
  };
}

/** What is under way with old certificates goes on to its end; idle connections are closed, and no further one is kept. */
function retire(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  Object.assign(agent, { keepAlive: false });
}

function sameMaterial(a: AgentTlsMaterial, b: AgentTlsMaterial): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}

interface Response {
  readonly status: number;
  readonly tag: string | undefined;
  readonly body: string;
}

function get({ address, port, agent }: { address: string; port: number; agent: Agent }, question: AgentQuestion): Promise<Response> {
  const { pods = [], since, timeoutMs, signal } = question;
  const path = `/sockets${pods.length === 0 ? '' : `?${pods.map((uid) => `pod=${encodeURIComponent(uid)}`).join('&')}`}`;
  const headers = since === undefined ? {} : { 'if-none-match': since.tag, prefer: `wait=${since.waitSeconds}` };
  return new Promise((resolve, reject) => {
    const call = request({ host: address, port, path, headers, agent, signal }, (response) => collect(response).then(resolve, reject));
    const limit = setTimeout(() => call.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    call.once('close', () => clearTimeout(limit));
    call.on('error', reject).end();
  });
}

async function collect(response: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += chunk.length;
    if (length > BODY_LIMIT) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, tag: response.headers.etag, body: Buffer.concat(chunks, length).toString('utf8') };
}

/** Addresses are used again: an answer of another node's agent is no answer. */
function readReply({ node }: AgentAddress, { status, tag, body }: Response): AgentReply {
  if (status === 304) return { tag };
  const value = parsed(body);
  if (status !== 200)
    throw new Error(
      `it answers ${status} ${String(asRecord(value).message ?? '')
        .replace(/[^\x20-\x7e]/g, '?')
        .slice(0, 200)}`.trim(),
    );
  const sockets = readNodeSockets(value);
  if ('problem' in sockets) throw new Error(`the answer ${sockets.problem}`);
  if (sockets.node !== node)
    throw new Error(`the agent of another node answers there (${sockets.node.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)})`);
  return { tag, sockets };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
