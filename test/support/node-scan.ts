import type { ApiServer } from '../cluster/api-server.ts';
import type { Ran } from './cli.ts';
import { runOn } from './commands-on-server.ts';
import type { Pod } from './pods.ts';

/** What `scan -o json` says of the pods of a node, in words that are the same on every machine. */

/** A row of a scan; the address of the pod stands as POD, the port of a UDP client as CLIENT. */
export type Row = Readonly<Record<string, unknown>>;

export interface Scanned {
  readonly ran: Ran;
  /** The rows of each pod that was scanned, by its name. */
  readonly rows: Readonly<Record<string, readonly Row[]>>;
}

interface PrintedScan {
  readonly pod: string;
  readonly findings: readonly { readonly port: string; readonly addresses: readonly string[] }[];
}

/** Runs the command line of this checkout against the node. Throws with what it said where it printed no JSON. */
export async function scanned(api: ApiServer, words: readonly string[], template: string): Promise<Scanned> {
  const ran = await runOn(api, ['scan', '-o', 'json', ...words], template);
  if (ran.out === '') throw new Error(ran.err);
  const scans = JSON.parse(ran.out) as readonly PrintedScan[];
  return { ran, rows: Object.fromEntries(scans.map(({ pod, findings }) => [pod, findings.map(neutral)])) };
}

/** Clients get their ports from net.ipv4.ip_local_port_range, which begins at 32768. */
function neutral(finding: PrintedScan['findings'][number]): Row {
  const [number, protocol] = finding.port.split('/');
  const port = protocol === 'UDP' && Number(number) >= 32_768 ? 'CLIENT/UDP' : finding.port;
  return { ...finding, port, addresses: finding.addresses.map((address) => (address.startsWith('10.244.') ? 'POD' : address)) };
}

/** An Event about a pod, and when it was first told. */
export interface PodEvent {
  readonly reason: string;
  readonly note: string;
  readonly at: Date;
  /** How often it was told. */
  readonly count: number;
}

interface RawEvent {
  readonly reason: string;
  readonly note?: string;
  readonly eventTime?: string | null;
  readonly series?: { readonly count: number };
  readonly deprecatedFirstTimestamp?: string;
  readonly regarding: { readonly kind: string; readonly name: string };
}

/** What the product told of a pod, oldest first; Events of Kubernetes itself have other reasons. */
export async function eventsOfPod(
  api: ApiServer,
  { namespace, name }: Pick<Pod, 'namespace' | 'name'>,
  reasons: RegExp,
): Promise<PodEvent[]> {
  const { items = [] } = await api.request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
  return (items as readonly unknown[] as readonly RawEvent[])
    .filter(({ regarding, reason }) => regarding.kind === 'Pod' && regarding.name === name && reasons.test(reason))
    .map(({ reason, note = '', eventTime, series, deprecatedFirstTimestamp }) => ({
      ...{ reason, note, count: series?.count ?? 1 },
      at: new Date(eventTime ?? deprecatedFirstTimestamp ?? 0),
    }))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}
