import type { Agent as AnyAgent } from 'node:http';
import { Agent } from 'node:https';
import { HttpsProxyAgent } from 'hpagent';
import { type Credentials, sameMaterial, type TlsMaterial } from './identity.ts';

/** The connections to the API server: one keep-alive agent, made anew only when certificates change. */
export interface Agents {
  /** The agent for these credentials. */
  agentFor(credentials: Credentials): AnyAgent;
  /** Closes the connections that nobody uses now: one of their kind went silent, and they may be as dead. */
  dropIdle(): void;
  /** Closes every connection, also those under way. */
  close(): void;
}

/** The API server closes idle connections after 90 s (k8s.io/apiserver, secure_serving.go): a request must not meet that moment. */
const IDLE_MS = 60_000;

/** Requests at once; more wait for a connection. Watches hold one each. */
const MAX_SOCKETS = 64;

/** No connection yet. */
export function makeAgents(): Agents {
  let current: { readonly agent: AnyAgent; readonly tls: TlsMaterial; readonly proxy: string | undefined } | undefined;
  let retired: AnyAgent[] = [];
  return {
    agentFor(credentials) {
      const { tls, proxy } = credentials;
      if (current !== undefined && current.proxy === proxy && sameMaterial(current.tls, tls)) return current.agent;
      if (current !== undefined) retired = [...retired.filter(isInUse), retire(current.agent)];
      const agent = newAgent(credentials);
      current = { agent, tls, proxy };
      return agent;
    },
    dropIdle: () => {
      if (current !== undefined) destroyIdle(current.agent);
    },
    close() {
      for (const agent of retired) agent.destroy();
      current?.agent.destroy();
      current = undefined;
    },
  };
}

/** An agent of one identity, which keeps its connections. Requests of other kinds than ours (WebSockets) go out by one of their own. */
export function newAgent({ tls, proxy, proxyAgent }: Credentials): AnyAgent {
  const options = { ...tls, keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_MS };
  if (proxy !== undefined) return new HttpsProxyAgent({ ...options, proxy });
  return proxyAgent ?? new Agent(options);
}

/** What is under way with the old certificate goes on to its end; idle connections are closed, and no further one is kept. */
function retire(agent: AnyAgent): AnyAgent {
  destroyIdle(agent);
  return Object.assign(agent, { keepAlive: false });
}

function destroyIdle({ freeSockets }: AnyAgent): void {
  for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

function isInUse({ sockets }: AnyAgent): boolean {
  return Object.keys(sockets).length > 0;
}
