import type { Agent as AnyAgent } from 'node:http';
import { Agent } from 'node:https';
import { type Credentials, sameMaterial, type TlsMaterial } from './identity.ts';

/** The connections to the API server: one keep-alive agent, made anew only when certificates change. */
export interface Agents {
  /** The agent for these credentials. */
  agentFor(credentials: Credentials): AnyAgent;
  /** Closes every connection, also those under way. */
  close(): void;
}

/** The API server closes idle connections after 90 s (k8s.io/apiserver, secure_serving.go): a request must not meet that moment. */
const IDLE_MS = 60_000;

/** Requests at once; more wait for a connection. Watches hold one each. */
const MAX_SOCKETS = 64;

/** No connection yet. */
export function makeAgents(): Agents {
  let current: { readonly agent: AnyAgent; readonly tls: TlsMaterial } | undefined;
  let retired: AnyAgent[] = [];
  return {
    agentFor({ tls, proxyAgent }) {
      if (current !== undefined && sameMaterial(current.tls, tls)) return current.agent;
      if (current !== undefined) retired = [...retired.filter(isInUse), retire(current.agent)];
      const agent = proxyAgent ?? new Agent({ ...tls, keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_MS });
      current = { agent, tls };
      return agent;
    },
    close() {
      for (const agent of retired) agent.destroy();
      current?.agent.destroy();
      current = undefined;
    },
  };
}

/** What is under way with the old certificate goes on to its end; idle connections are closed, and no further one is kept. */
function retire(agent: AnyAgent): AnyAgent {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  return Object.assign(agent, { keepAlive: false });
}

function isInUse({ sockets }: AnyAgent): boolean {
  return Object.keys(sockets).length > 0;
}
