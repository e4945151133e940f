import { formatPort, type Port, type PortRange, rangeHolds } from './port.ts';
import { type LabelSelector, type Labels, selects } from './selector.ts';
import type { NamespaceEntry, Peer, Rule } from './template/model.ts';

/**
 * The receiving end of a permitted connection: pods of one namespace that may listen on ports. It comes from a rule of the namespace
 * itself, or from a `to:` of another one.
 */
export interface Grant {
  readonly selector: LabelSelector;
  readonly ports: readonly PortRange[];
  /** Who may connect. */
  readonly sources: Sources;
  readonly rule: Rule;
}

export type Sources =
  | { readonly kind: 'anywhere' }
  /** The peers of a `from:`, seen from the namespace itself. */
  | { readonly kind: 'peers'; readonly peers: readonly Peer[] }
  /** The callers of a `to:` of this entry; `sameNamespace`: its peer named no namespace, so caller and receiver share one. */
  | { readonly kind: 'callers'; readonly entry: NamespaceEntry; readonly pods: LabelSelector; readonly sameNamespace: boolean };

/**
 * The grants of one namespace, found by pod labels and port without walking through all of them: each grant is filed under the rarest
 * of its `matchLabels` pairs, then under its ports.
 */
export interface GrantIndex {
  readonly all: readonly Grant[];
  readonly byLabel: ReadonlyMap<string, PortFile>;
  /** Grants whose selector has no `matchLabels`. */
  readonly general: PortFile;
}

interface PortFile {
  readonly single: Map<string, Grant[]>;
  readonly ranges: { readonly range: PortRange; readonly grant: Grant }[];
  readonly grants: Grant[];
}

/** Arranges grants for `grantOf`. Linear in the number of grants and ports. */
export function indexGrants(grants: readonly Grant[]): GrantIndex {
  const frequency = new Map<string, number>();
  for (const pair of grants.flatMap((grant) => labelPairs(grant.selector.matchLabels))) {
    frequency.set(pair, (frequency.get(pair) ?? 0) + 1);
  }
  const byLabel = new Map<string, PortFile>();
  const general = emptyFile();
  for (const grant of grants) {
    const rarest = labelPairs(grant.selector.matchLabels).reduce<string | undefined>(
      (best, pair) => (best === undefined || (frequency.get(pair) ?? 0) < (frequency.get(best) ?? 0) ? pair : best),
      undefined,
    );
    fileGrant(grant, rarest === undefined ? general : fileUnder(byLabel, rarest));
  }
  return { all: grants, byLabel, general };
}

/** The files that can hold a grant for a pod with these labels: found once a pod, then asked once a port. */
export interface PodGrants {
  readonly labels: Labels;
  readonly files: readonly PortFile[];
}

/** Finds the files of a pod. The cost grows with its labels, not with the grants. */
export function podGrants(index: GrantIndex, labels: Labels): PodGrants {
  const files = [index.general];
  if (index.byLabel.size > 0) {
    for (const key in labels) {
      const file = index.byLabel.get(`${key}=${labels[key]}`);
      if (file !== undefined) files.push(file);
    }
  }
  return { labels, files };
}

/** The grant that authorizes this port for the pod, if any. */
export function grantOf({ labels, files }: PodGrants, port: Port): Grant | undefined {
  const key = formatPort(port);
  for (const file of files) {
    const found =
      file.single.get(key)?.find((grant) => selects(grant.selector, labels)) ??
      file.ranges.find(({ range, grant }) => rangeHolds(range, port) && selects(grant.selector, labels))?.grant;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Every grant whose selector matches the pod. */
export function allGrants({ labels, files }: PodGrants): Grant[] {
  const all: Grant[] = [];
  for (const file of files) {
    for (const grant of file.grants) if (selects(grant.selector, labels)) all.push(grant);
  }
  return all;
}

function labelPairs(labels: Labels = {}): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

function emptyFile(): PortFile {
  return { single: new Map(), ranges: [], grants: [] };
}

function fileUnder(files: Map<string, PortFile>, pair: string): PortFile {
  const file = files.get(pair) ?? emptyFile();
  files.set(pair, file);
  return file;
}

function fileGrant(grant: Grant, file: PortFile): void {
  file.grants.push(grant);
  for (const range of grant.ports) {
    if (range.from !== range.to) {
      file.ranges.push({ range, grant });
      continue;
    }
    const key = formatPort({ number: range.from, protocol: range.protocol });
    const there = file.single.get(key);
    if (there === undefined) file.single.set(key, [grant]);
    else there.push(grant);
  }
}
