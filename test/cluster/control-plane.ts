import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAuditPolicy } from './audit.ts';
import { type Children, childrenOf } from './children.ts';
import { type Client, createClient } from './client.ts';
import { etcdFlags, files, managerFlags, type Place, serverFlags } from './flags.ts';
import { freePorts } from './ports.ts';
import { READY_DEADLINE, serverReady } from './ready.ts';
import { type Endpoint, kubeconfigPath, type Tokens, writeKubeconfigs, writeTokens } from './users.ts';
import { ChildEnded, until } from './wait.ts';

/** The processes of one control plane, each of which can be killed and started again on the same data, ports and certificates. */
export interface ControlPlane {
  readonly endpoint: Endpoint;
  readonly client: Client;
  readonly etcdUrl: string;
  /** Process ids, in the order in which they were started. */
  pids(): readonly number[];
  startServer(): Promise<void>;
  stopServer(signal?: NodeJS.Signals): Promise<void>;
  startEtcd(): Promise<void>;
  killEtcd(): Promise<void>;
  startManager(): Promise<void>;
  /** Kills all processes. */
  stop(): Promise<void>;
}

const ATTEMPTS = 5;

/** Starts etcd and an API server in a folder and waits until the server is ready. Takes other ports when another process was faster. */
export async function startControlPlane(programs: string, folder: string, moreServerFlags: readonly string[] = []): Promise<ControlPlane> {
  const tokens = prepare(folder);
  for (let attempt = 1; ; attempt += 1) {
    const [etcdPort = 0, peerPort = 0, serverPort = 0] = await freePorts(3);
    try {
      return await startAt({ programs, tokens, place: { folder, etcdPort, peerPort, serverPort, moreServerFlags } });
    } catch (error) {
      const isPortTaken = error instanceof ChildEnded && error.child.tail().includes('address already in use');
      if (!isPortTaken || attempt === ATTEMPTS) throw error;
      await rm(files(folder).etcd, { recursive: true, force: true }); // etcd remembers its own ports
    }
  }
}

/** Writes the files that the flags name. A P-256 key is enough for the tokens of service accounts. */
function prepare(folder: string): Tokens {
  const file = files(folder);
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(file.accountKey, pair.privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(file.accountPublicKey, pair.publicKey.export({ type: 'spki', format: 'pem' }));
  writeAuditPolicy(file.auditPolicy);
  writeFileSync(file.audit, '');
  return writeTokens(file.tokens);
}

interface Start {
  readonly programs: string;
  readonly place: Place;
  readonly tokens: Tokens;
}

async function startAt({ programs, place, tokens }: Start): Promise<ControlPlane> {
  const { folder } = place;
  const children = programsAt(programs, place);
  try {
    children.start('etcd');
    children.start('kube-apiserver');
    await until('the certificate of the API server', async () => existsSync(files(folder).serverKey), {
      deadline: READY_DEADLINE,
      children: children.all(),
    });
    const endpoint = { url: `https://127.0.0.1:${place.serverPort}`, ca: readFileSync(files(folder).ca, 'utf8'), tokens };
    const plane = controls({ children, endpoint, etcdUrl: `http://127.0.0.1:${place.etcdPort}` });
    await ready(plane.client, children);
    writeKubeconfigs(folder, endpoint);
    return plane;
  } catch (error) {
    await children.killAll();
    throw error;
  }
}

interface Parts {
  readonly children: Children<Program>;
  readonly endpoint: Endpoint;
  readonly etcdUrl: string;
}

function controls({ children, endpoint, etcdUrl }: Parts): ControlPlane {
  const client = createClient(endpoint);
  return {
    endpoint,
    client,
    etcdUrl,
    pids: () => children.all().map(({ pid }) => pid),
    async startServer() {
      children.start('kube-apiserver');
      await ready(client, children);
    },
    async stopServer(signal) {
      await children.kill('kube-apiserver', signal);
      client.reset();
    },
    async startEtcd() {
      children.start('etcd');
      await ready(client, children);
    },
    killEtcd: () => children.kill('etcd'),
    async startManager() {
      children.start('kube-controller-manager');
    },
    async stop() {
      await children.killAll();
      client.reset();
    },
  };
}

/** When the server is not to run just now, there is nothing to wait for. */
async function ready(client: Client, children: Children<Program>): Promise<void> {
  if (children.has('kube-apiserver')) await serverReady(client, children.all());
}

type Program = 'etcd' | 'kube-apiserver' | 'kube-controller-manager';

/** Their environment is bare: no proxy, no ETCD_* setting of this machine reaches them. */
function programsAt(programs: string, place: Place): Children<Program> {
  const { folder } = place;
  const flags: Record<Program, readonly string[]> = {
    etcd: etcdFlags(place),
    'kube-apiserver': serverFlags(place),
    'kube-controller-manager': managerFlags(folder, kubeconfigPath(folder, 'admin')),
  };
  return childrenOf((name) => ({
    command: [join(programs, name), ...flags[name]],
    log: files(folder).log(name),
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
  }));
}
