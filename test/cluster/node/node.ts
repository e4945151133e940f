import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { addonPrograms, controlPlanePrograms } from '../build.ts';
import type { Children } from '../children.ts';
import { takeLock } from '../lock.ts';
import { serverReady } from '../ready.ts';
import { removeFolder, sweep, workFolder } from '../sweep.ts';
import { writeKubeconfigs } from '../users.ts';
import { until } from '../wait.ts';
import { removeCgroups } from './cgroups.ts';
import { writeConfigs } from './config.ts';
import { serveDaemons } from './control.ts';
import { writeCredentials } from './credentials.ts';
import { daemonsOf, nodeChildren, type Programs } from './daemons.ts';
import { dnsReady, installDns } from './dns.ts';
import type { Daemon } from './flags.ts';
import { startMachine } from './machine.ts';
import { type ClusterNode, ctr, type NodeFacts, openNode } from './open.ts';
import { cgroupOf, NODE_NAME, type NodePlace, nodeFiles } from './place.ts';
import { expose } from './relay.ts';
import { undoStack } from './undo.ts';

/** A node that this process started, and that ends with it. */
export interface RunningNode extends ClusterNode {
  readonly facts: NodeFacts;
  /** Ends everything and removes every trace. */
  stop(): Promise<void>;
}

export interface NodeOptions {
  /** Images to import at the start: localhost/pause:3.9 must be among them. */
  readonly images: readonly string[];
  /** Pods have an IPv6 address too, which no policy covers here. */
  readonly dualStack?: boolean;
  /** Do not wait until no other node runs on this machine: for tests that need a second one. */
  readonly beside?: boolean;
}

const LOCK = 'portcullis-cluster';
const DEADLINE = 90_000;
const PROBE_TIMEOUT = 2_000;

/**
 * Starts a whole Kubernetes with one node, in namespaces of its own: pods run, NetworkPolicies are enforced, names resolve. Needs root
 * and what whyNoNode() asks for. One runs at a time on a machine: others wait for their turn.
 */
export async function startNode({ images, dualStack = false, beside = false }: NodeOptions): Promise<RunningNode> {
  const programs = { controlPlane: await controlPlanePrograms(), addons: await addonPrograms() };
  const undo = undoStack();
  try {
    if (!beside) {
      const lock = await takeLock(LOCK, () => process.stderr.write('waiting until another node on this machine has ended\n'));
      undo.push(async () => lock.release());
    }
    await sweep();
    const folder = await workFolder();
    undo.push(() => removeFolder(folder));
    const node = await assemble({ place: { folder, dualStack }, programs, onStop: undo.push });
    await bringUp(node, images);
    return { ...node.opened, facts: node.facts, stop: undo.run };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

interface Order {
  readonly place: NodePlace;
  readonly programs: Programs;
  onStop(action: () => Promise<void>): void;
}

interface Assembled {
  readonly facts: NodeFacts;
  readonly opened: ClusterNode;
  readonly children: Children<Daemon | 'relay'>;
}

const AT_ONCE = ['etcd', 'kube-apiserver', 'containerd', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'relay'] as const;

/** Starts all processes but kubelet and kube-router, which give up when there is no containerd and no API server yet. */
async function assemble({ place, programs, onStop }: Order): Promise<Assembled> {
  const { folder } = place;
  const { ca, tokens } = writeCredentials(folder);
  writeConfigs(place);
  onStop(() => removeCgroups(cgroupOf(folder)));
  const machine = await startMachine(place);
  const children = nodeChildren({ machine, place, programs });
  onStop(async () => {
    await machine.stop();
    await children.killAll();
  });
  for (const name of AT_ONCE) children.start(name);
  const daemons = daemonsOf(children);
  const control = serveDaemons(folder, daemons);
  onStop(async () => void control.close());
  const relayed = await expose(folder, { host: '127.0.0.1', port: 6443 });
  onStop(relayed.close);
  const endpoint = { url: `https://127.0.0.1:${relayed.port}`, ca, tokens };
  writeKubeconfigs(folder, endpoint);
  const facts: NodeFacts = { folder, pid: machine.pid, endpoint, programs };
  return { facts, opened: openNode(facts, daemons), children };
}

/** Waits until pods can be made, policies are enforced and names resolve. */
async function bringUp({ facts, opened, children }: Assembled, images: readonly string[]): Promise<void> {
  const { api, enforcement, importImages } = opened;
  const wait = (what: string, probe: () => Promise<boolean>, ...names: readonly Daemon[]) =>
    until(what, probe, { deadline: DEADLINE, children: children.all(...names) });
  const hasSocket = async () => existsSync(nodeFiles(facts.folder).containerdSocket);
  await wait('the socket of containerd', hasSocket, 'containerd');
  children.start('kubelet'); // it gives up where that socket is not there yet
  const withImages = async () => {
    const answers = async () => (await opened.run([...ctr(facts.folder), 'version'], { timeout: PROBE_TIMEOUT })).code === 0;
    await wait('containerd to answer', answers, 'containerd');
    await importImages(images);
  };
  const withApi = async () => {
    await serverReady(api, children.all('etcd', 'kube-apiserver', 'relay'));
    await installDns(api, await realpath(join(facts.programs.addons, 'coredns')));
    await Promise.all([
      enforcement.start(),
      wait('the node to be ready', () => nodeReady(opened), 'kubelet', 'containerd', 'kube-controller-manager', 'kube-proxy'),
      wait('the first ServiceAccount', () => accountReady(opened), 'kube-controller-manager'),
    ]);
  };
  await Promise.all([withImages(), withApi()]);
  await wait('CoreDNS to be ready', () => dnsReady(api), 'kubelet', 'containerd', 'kube-scheduler');
}

/** Ready, and without the taint by which the controller manager keeps pods off until then. */
async function nodeReady({ api }: ClusterNode): Promise<boolean> {
  const { body } = await api.call({ method: 'GET', path: `/api/v1/nodes/${NODE_NAME}` });
  const { spec, status } = body as {
    readonly spec?: { readonly taints?: readonly unknown[] };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  };
  const isReady = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
  return isReady && spec?.taints === undefined;
}

async function accountReady({ api }: ClusterNode): Promise<boolean> {
  const { status } = await api.call({ method: 'GET', path: '/api/v1/namespaces/default/serviceaccounts/default' });
  return status === 200;
}
