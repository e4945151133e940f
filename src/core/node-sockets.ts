import { createHash } from 'node:crypto';
import type { Listener } from './finding.ts';
import { formatPort, isPortNumber, PROTOCOLS } from './port.ts';
import { asRecord, isRecord, textOf } from './unknown.ts';

/** What an agent tells of its node, and how it is read by those who ask it. */
export interface NodeSockets {
  readonly node: string;
  /** By the UID by which the kubelet calls the pod (pod-cgroup.ts). */
  readonly pods: ReadonlyMap<string, PodSockets>;
  /** When the agent looked (RFC 3339). */
  readonly at: string;
}

/** The listeners of a pod, or in words why they cannot be told. */
export type PodSockets =
  | { readonly listeners: readonly Listener[]; readonly cannotSee?: string }
  | { readonly listeners?: undefined; readonly reason: string };

/** The JSON text of an answer: the pods by UID. */
export function writeNodeSockets({ node, pods, at }: NodeSockets): string {
  return JSON.stringify({ node, at, pods: Object.fromEntries(pods) });
}

/** The answer of an agent, from its JSON; or what is wrong with it, to complete "the answer ...". All or nothing: a pod that is left out reads as gone. */
export function readNodeSockets(value: unknown): NodeSockets | { readonly problem: string } {
  if (!isRecord(value) || !isRecord(value.pods)) return { problem: 'is not {node, at, pods}' };
  const { node, at } = value;
  if (typeof node !== 'string' || typeof at !== 'string') return { problem: 'has no node or no time' };
  const pods = new Map<string, PodSockets>();
  for (const [uid, raw] of Object.entries(value.pods)) {
    const pod = readPod(raw);
    if (pod === undefined || !/^[0-9a-f-]{32,36}$/.test(uid)) return { problem: `has a pod that cannot be read (${plain(uid)})` };
    pods.set(uid, pod);
  }
  return { node, at, pods };
}

function readPod(value: unknown): PodSockets | undefined {
  const { listeners, reason, cannotSee } = asRecord(value);
  if (typeof reason === 'string') return { reason: plain(reason) };
  if (!Array.isArray(listeners)) return undefined;
  const read = listeners.map(readListener);
  const whole = read.filter((listener) => listener !== undefined);
  if (whole.length < read.length) return undefined;
  return { listeners: whole, ...(typeof cannotSee === 'string' ? { cannotSee: plain(cannotSee) } : {}) };
}

function readListener(value: unknown): Listener | undefined {
  const { port, address, ephemeral, process } = asRecord(value);
  const { number, protocol } = asRecord(port);
  const known = PROTOCOLS.find((one) => one === protocol);
  const isAddress = /^[0-9a-f:.]{2,45}$/.test(textOf(address));
  if (known === undefined || !isPortNumber(number) || !isAddress || typeof ephemeral !== 'boolean') return undefined;
  const name = plain(textOf(process));
  return { port: { number, protocol: known }, address: textOf(address), ephemeral, ...(name === '' ? {} : { process: name }) };
}

/** One line of printable ASCII: what comes from a node may come from who took it over. */
function plain(text: string): string {
  return text.slice(0, 300).replace(/[^\x20-\x7e]/g, '?');
}

/**
 * What lasts of a pod, as a text: the same as long as nobody has to look again. UDP in the ephemeral range comes and goes with every name
 * that a client resolves, and names of processes tell nothing of ports: neither counts.
 */
export function lastingSockets(pod: PodSockets): string {
  if (pod.listeners === undefined) return `unknown: ${pod.reason}`;
  return pod.listeners
    .filter(({ ephemeral }) => !ephemeral)
    .map(({ address, port }) => `${address} ${formatPort(port)}`)
    .sort()
    .join(', ');
}

/** The weak entity tag (RFC 9110, 8.8.1) of what lasts on a node: two answers with the same tag mean the same. */
export function nodeSocketsTag(pods: NodeSockets['pods']): string {
  const lines = [...pods].map(([uid, pod]) => `${uid} ${lastingSockets(pod)}`).sort();
  return `W/"${createHash('sha256').update(lines.join('\n')).digest('base64url').slice(0, 22)}"`;
}
