import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority, makeClient, makeLeaf } from '../../src/adapters/certs/authority.ts';
import { runAgent } from '../../src/cli/agent-run.ts';
import { AGENT_SERVER_NAME, CONTROLLER_NAME } from '../../src/core/agent-names.ts';
import type { PemPair } from '../../src/ports.ts';
import { type FakeProc, fakeProc } from './fake-proc.ts';
import { rememberingLog } from './silence.ts';

/** Certificates of one CA: the agent's, and what callers show. Made once for all tests of a file. */
export interface AgentPki {
  readonly ca: PemPair;
  readonly agent: PemPair;
  readonly controller: PemPair;
}

export async function agentPki(): Promise<AgentPki> {
  const now = new Date();
  const ca = await makeAuthority(now);
  const agent = await makeLeaf(ca, { dns: [AGENT_SERVER_NAME], addresses: [] }, now);
  return { ca, agent, controller: await makeClient(ca, CONTROLLER_NAME, now) };
}

/** What the controller shows and trusts. */
export function controllerTls({ ca, controller }: AgentPki) {
  return { ca: ca.certificate, cert: controller.certificate, key: controller.key };
}

/** A real agent in this process, over a procfs of files. */
export interface TestAgent {
  readonly node: string;
  readonly proc: FakeProc;
  readonly ports: { readonly health: number; readonly permitted: number; readonly denied: number };
  /** The TLS port, as soon as there are certificates. */
  readonly port: Promise<number>;
  readonly log: ReturnType<typeof rememberingLog>;
  /** Puts these into its folder of certificates. */
  mount(files: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

export interface TestAgentWishes {
  /** Absent: there are no certificates yet. */
  readonly pki?: AgentPki;
  readonly node?: string;
  readonly port?: number;
  /** What runs on the node before the agent does. */
  prepare?(proc: FakeProc): Promise<void>;
}

export async function startTestAgent({ pki, node = 'node-1', port = 0, prepare }: TestAgentWishes = {}): Promise<TestAgent> {
  const proc = await fakeProc();
  await prepare?.(proc);
  const certificates = await mkdtemp(join(tmpdir(), 'portcullis-agent-'));
  const mount = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(certificates, name), text);
  };
  if (pki !== undefined) await mount(filesOf(pki));
  const stop = new AbortController();
  const log = rememberingLog();
  const options = {
    node,
    host: '127.0.0.1',
    port,
    healthPort: 0,
    canaryPermitted: 0,
    canaryDenied: 0,
    certificates,
    everyMs: 20,
    proc: proc.path,
  };
  let serving = (_: number) => {};
  const tlsPort = new Promise<number>((resolve) => {
    serving = resolve;
  });
  let running: Promise<void> = Promise.resolve();
  const ports = await new Promise<TestAgent['ports']>((started, failed) => {
    running = runAgent(options, { stop: stop.signal }, { log, started, serving });
    running.catch(failed);
  });
  return {
    ...{ node, proc, ports, port: tlsPort, log, mount },
    stop: async () => {
      stop.abort();
      await running;
      await proc.close();
      await rm(certificates, { recursive: true });
    },
  };
}

export function filesOf({ ca, agent }: AgentPki): Record<string, string> {
  return { 'ca.crt': ca.certificate, 'tls.crt': agent.certificate, 'tls.key': agent.key };
}
