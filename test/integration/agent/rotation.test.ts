import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, type AgentOptions, request } from 'node:https';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeClient } from '../../../src/adapters/certs/authority.ts';
import { issueCertificate } from '../../../src/adapters/certs/x509.ts';
import type { AgentSource } from '../../../src/adapters/http/agent-route.ts';
import { type AgentServer, type AgentTls, startAgentServer } from '../../../src/adapters/http/agent-server.ts';
import { AGENT_SERVER_NAME, CONTROLLER_NAME } from '../../../src/core/agent-names.ts';
import { type AgentPki, agentPki, controllerTls } from '../../support/agent.ts';
import { rememberingLog } from '../../support/silence.ts';

let pki: AgentPki;
let other: AgentPki;
beforeAll(async () => {
  [pki, other] = await Promise.all([agentPki(), agentPki()]);
});

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** What an agent serves with; `ca`: whom it trusts. */
function tlsOf({ agent }: AgentPki, ...trusted: readonly AgentPki[]): AgentTls {
  return { cert: agent.certificate, key: agent.key, ca: trusted.map(({ ca }) => ca.certificate).join('\n') };
}

/** An agent whose long answers come when the test says so. `asked`: how many of them are waited for. */
async function start() {
  const waiting: ((answer: { tag: string; body: string }) => void)[] = [];
  const source: AgentSource = {
    now: () => ({ tag: 'W/"now"', body: '{}' }),
    changed: () => new Promise((resolve) => waiting.push(resolve)),
  };
  const server = await startAgentServer({ source, log: rememberingLog() }, tlsOf(pki, pki), { host: '127.0.0.1', port: 0 });
  closing.push(() => server.stop());
  const change = () => {
    for (const resolve of waiting.splice(0)) resolve({ tag: 'W/"next"', body: '{}' });
  };
  return { server, asked: () => waiting.length, change };
}

/** A controller with one connection that it keeps. It trusts both CAs, and proves itself by the first. */
function controller(tls: AgentOptions = {}): Agent {
  const ca = [pki.ca.certificate, other.ca.certificate];
  const agent = new Agent({ keepAlive: true, maxSockets: 1, servername: AGENT_SERVER_NAME, ...controllerTls(pki), ca, ...tls });
  closing.push(() => agent.destroy());
  return agent;
}

interface Reply {
  readonly status: number | undefined;
  readonly connection: string | undefined;
}

async function ask({ port }: AgentServer, agent: Agent, headers: Record<string, string> = {}): Promise<Reply> {
  const [response] = (await once(request({ host: '127.0.0.1', port, path: '/sockets', headers, agent }).end(), 'response')) as [
    IncomingMessage,
  ];
  await response.toArray();
  return { status: response.statusCode, connection: response.headers.connection };
}

const wait = (server: AgentServer, agent: Agent) => ask(server, agent, { 'if-none-match': 'W/"now"', prefer: 'wait=60' });

describe('the certificate of an agent is replaced while the controller asks', () => {
  it('and no call fails, however often', async () => {
    const { server } = await start();
    const failures: unknown[] = [];
    let answered = 0;
    let rotating = true;
    const steady = async (agent: Agent) => {
      while (rotating) {
        const reply = await ask(server, agent).catch((error: unknown) => ({ status: error }));
        if (reply.status === 200) answered += 1;
        else failures.push(reply.status);
      }
    };
    const callers = Array.from({ length: 8 }, () => steady(controller()));
    for (let rotation = 0; rotation < 100; rotation += 1) {
      const enough = answered + 4;
      while (answered < enough && failures.length === 0) await new Promise(setImmediate);
      server.replaceCertificates(tlsOf(rotation % 2 === 0 ? other : pki, pki, other));
    }
    rotating = false;
    await Promise.all(callers);
    expect({ failures, enough: answered >= 400 }).toEqual({ failures: [], enough: true });
  });

  it('a kept connection ends with its next answer, and the call after that meets the new certificate', async () => {
    const { server } = await start();
    const agent = controller();
    const shown = new Set<string>();
    agent.on('keylog', (_line, socket) => socket.once('secureConnect', () => shown.add(socket.getPeerCertificate().fingerprint256)));
    expect(await ask(server, agent)).toEqual({ status: 200, connection: 'keep-alive' });
    server.replaceCertificates(tlsOf(other, pki, other));
    expect(await ask(server, agent)).toEqual({ status: 200, connection: 'close' });
    expect(await ask(server, agent)).toEqual({ status: 200, connection: 'keep-alive' });
    expect([...shown]).toEqual([pki, other].map(({ agent: { certificate } }) => new X509Certificate(certificate).fingerprint256));
  });

  it('a call that waits for a change gets it, and then its connection ends', async () => {
    const { server, asked, change } = await start();
    const waiting = wait(server, controller());
    while (asked() === 0) await new Promise(setImmediate);
    server.replaceCertificates(tlsOf(other, pki, other));
    change();
    expect(await waiting).toEqual({ status: 200, connection: 'close' });
  });

  it('a controller whose CA stands below a trusted one is as well known after as before', async () => {
    const { server, asked, change } = await start();
    const signs = [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', keyCertSign: true },
    ];
    const now = new Date();
    const root = await issueCertificate({ commonName: 'root', now, days: 1, extensions: signs });
    const below = await issueCertificate({ commonName: 'below', now, days: 1, issuer: root, extensions: signs });
    const { certificate, key } = await makeClient(below, CONTROLLER_NAME, now);
    const trusting = { ...tlsOf(pki), ca: root.certificate };
    server.replaceCertificates(trusting);
    const waiting = wait(server, controller({ cert: `${certificate}\n${below.certificate}`, key }));
    while (asked() === 0) await new Promise(setImmediate);
    server.replaceCertificates(trusting);
    change();
    expect(await waiting).toEqual({ status: 200, connection: 'close' });
  });

  it('a pair that does not fit throws and ends nothing', async () => {
    const { server } = await start();
    const agent = controller();
    await ask(server, agent);
    expect(() => server.replaceCertificates({ ...tlsOf(other, other), key: pki.agent.key })).toThrow();
    expect(await ask(server, agent)).toEqual({ status: 200, connection: 'keep-alive' });
  });
});

describe('a controller of a CA that is trusted no more', () => {
  const cut = /hang up|ECONNRESET|SSL/;
  const failure = (call: Promise<unknown>) => call.then(JSON.stringify, (error: Error) => error.message);

  it('is cut off, also from an answer that it waits for, while one of a trusted CA goes on', async () => {
    const { server, asked, change } = await start();
    server.replaceCertificates(tlsOf(pki, pki, other));
    const [idle, busy] = [controller(), controller()];
    const trusted = controller({ cert: other.controller.certificate, key: other.controller.key });
    await ask(server, idle);
    const calls = [failure(wait(server, busy)), failure(wait(server, trusted))];
    while (asked() < 2) await new Promise(setImmediate);
    server.replaceCertificates(tlsOf(other, other));
    expect(await calls[0]).toMatch(cut);
    expect(await failure(ask(server, idle))).toMatch(cut);
    change();
    expect(await calls[1]).toBe('{"status":200,"connection":"close"}');
  });

  it('is cut off as well where its handshake began before and ended after', async () => {
    const { server } = await start();
    const early = connect(server.port, '127.0.0.1');
    await ask(server, controller()); // whoever comes later is taken later: the one before is taken by now
    server.replaceCertificates(tlsOf(other, other));
    const socket = connectTls({ socket: early, servername: AGENT_SERVER_NAME, ...controllerTls(pki) });
    socket.on('error', () => {}).write('GET /sockets HTTP/1.1\r\nHost: agent\r\n\r\n');
    let said = '';
    socket.on('data', (chunk) => {
      said += chunk;
    });
    await once(socket, 'close');
    expect(said).toBe('');
  });

  it('is not vouched for by a certificate of the new CA that it brings along, which did not sign its own', async () => {
    const { server } = await start();
    const stranger = await makeClient(pki.ca, CONTROLLER_NAME, new Date());
    const agent = controller({ cert: `${stranger.certificate}\n${other.ca.certificate}`, key: stranger.key });
    expect((await ask(server, agent)).status).toBe(200);
    server.replaceCertificates(tlsOf(other, other));
    expect(await failure(ask(server, agent))).toMatch(cut);
  });
});
