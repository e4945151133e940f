import type { NodeAgent } from './core/agent-state.ts';
import type { NamespaceState, PodState } from './core/cluster-state.ts';
import type { SourceText } from './core/document.ts';
import type { InsideView, OutsideView } from './core/finding.ts';
import type { LeaseRecord } from './core/lease.ts';
import type { NetworkPolicy } from './core/network-policy.ts';
import type { Port } from './core/port.ts';
import type { BookEntry, ReleaseBook } from './core/release.ts';
import type { NamespaceReport } from './core/report.ts';

/** The interfaces that the use cases need. Each adapter and its fake pass one contract suite (test/contract). */

/** Where NetworkPolicies are kept: the API server, or a folder of files. */
export interface PolicyStore {
  /** All policies of a namespace, ours and others. */
  list(namespace: string): Promise<readonly NetworkPolicy[]>;
  /** Makes or changes one policy to exactly this spec; answers what is stored then. */
  apply(policy: NetworkPolicy): Promise<NetworkPolicy>;
  /** Removes a policy; a missing one is quiet success. */
  remove(namespace: string, name: string): Promise<void>;
}

/** Where the documents of the template come from: files, a folder, or ConfigMaps. */
export interface TemplateSource {
  /** Delivers the documents now and after each change, grouped as they fail together (a folder: one group; ConfigMaps: one each). */
  watch(deliver: (groups: readonly TemplateGroup[]) => void): Promise<Stop>;
}

/** Documents that are accepted or refused together. */
export interface TemplateGroup {
  readonly name: string;
  readonly documents: readonly SourceText[];
}

export type Stop = () => Promise<void>;

/** The outside view: probes ports of an address, from where Portcullis runs. Never throws for what the network does. */
export interface Scanner {
  readonly engine: string;
  scan(target: ScanTarget, signal: AbortSignal): Promise<OutsideView>;
}

export interface ScanTarget {
  readonly address: string;
  /** The ports to probe; `all`: every TCP port. */
  readonly ports: readonly Port[] | 'all';
}

/** The inside view: the sockets of a pod's network namespace. Never throws for a process that went away. */
export interface SocketSource {
  readonly via: string;
  sockets(pod: PodAddress, signal: AbortSignal): Promise<InsideView>;
}

/** A SocketSource that keeps watching, node by node: the agents. */
export interface SocketWatch extends SocketSource {
  /** Tells of each pod (by uid) whose accepting sockets changed, also when it is seen for the first time. */
  watch(changed: (uid: string) => void): Stop;
  /** How each agent that runs is doing, while somebody watches. */
  nodes(): readonly NodeAgent[];
}

export interface PodAddress {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Clock {
  now(): Date;
}

/** PEM texts by the name of the file or of the Secret's key: `ca.crt`, `ca.key`, `tls.crt`, `tls.key`, `previous-ca.crt` while the CA changes, and `client.crt`, `client.key` where somebody gives the controller a certificate. */
export type CertificateFiles = Readonly<Record<string, string>>;

/** Where the certificates are kept: a folder, or a Secret. Several replicas share it. */
export interface CertificateStore {
  /** What is stored, with an opaque version; undefined where nothing is stored yet. */
  read(): Promise<StoredCertificates | undefined>;
  /** Replaces the whole content if it still is at `expected` (undefined: if nothing is stored yet); `conflict`: somebody else was faster, read again. */
  write(files: CertificateFiles, expected: string | undefined): Promise<'written' | 'conflict'>;
}

export interface StoredCertificates {
  readonly files: CertificateFiles;
  readonly version: string;
}

/** Makes and reads certificates. Keys and certificates are PEM texts. */
export interface CertificateMaker {
  /** A new CA of our own, valid from `now`. */
  makeAuthority(now: Date): Promise<PemPair>;
  /** A new server certificate for these names, signed by the CA. Throws where key and certificate of the CA cannot be used. */
  makeLeaf(authority: PemPair, names: ServedNames, now: Date): Promise<PemPair>;
  /** The same for a client, which is known by its common name. */
  makeClient(authority: PemPair, commonName: string, now: Date): Promise<PemPair>;
  /** What the stored texts are good for. Never throws: what cannot be read is a problem in words. */
  inspect(files: CertificateFiles, names: ServedNames): CertificateInspection;
}

export interface PemPair {
  readonly certificate: string;
  readonly key: string;
}

/** What a client may call the server; only the subjectAltName counts (case 26). */
export interface ServedNames {
  readonly dns: readonly string[];
  readonly addresses: readonly string[];
}

export interface Lifetime {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface CertificateInspection {
  /** `somebody`: given by a person or by cert-manager, and never overwritten. */
  readonly owner: 'nobody' | 'portcullis' | 'somebody';
  /** Absent: missing, unreadable, not a CA, or its key does not fit. */
  readonly authority?: Lifetime;
  readonly previous?: Lifetime;
  /** Absent: missing, unreadable, a name is missing, or its key does not fit. */
  readonly leaf?: Lifetime & { readonly signedBy: 'authority' | 'previous' | 'other' };
  /** One sentence each. Empty: everything that is there can be used. */
  readonly problems: readonly string[];
}

/** What happened, for the metrics; one event a call. */
export interface Metrics {
  record(event: MetricEvent): void;
}

/** Ages and remaining times are computed when the metrics are read, from the dates given here. */
export type MetricEvent =
  | {
      readonly event: 'admission';
      readonly object: string;
      readonly mode: string;
      readonly allowed: boolean;
      readonly reason: string;
      readonly seconds: number;
    }
  | { readonly event: 'template'; readonly hash: string }
  | { readonly event: 'documents refused'; readonly count: number }
  /** `drift`: what others changed or deleted was put back. */
  | { readonly event: 'policy written'; readonly cause: 'made' | 'changed' | 'removed' | 'drift' }
  /** From the creation of a namespace until its pair was observed. */
  | { readonly event: 'pair in place'; readonly seconds: number }
  | { readonly event: 'pods gated'; readonly count: number }
  /** All findings that stand now; a verdict that is not named counts zero. */
  | { readonly event: 'findings'; readonly byVerdict: Readonly<Record<string, number>> }
  /** All nodes, or all enforced namespaces, by what is proven of them now; a state that is not named counts zero. */
  | { readonly event: 'enforcement'; readonly scope: 'node' | 'namespace'; readonly byState: Readonly<Record<string, number>> }
  /** All nodes on which pods run, by how their agents are doing; a state that is not named counts zero. */
  | { readonly event: 'agents'; readonly byState: Readonly<Record<string, number>> }
  /** All pods in quarantine by what a probe said of them; a state that is not named counts zero. */
  | { readonly event: 'pods quarantined'; readonly byState: Readonly<Record<string, number>> }
  | { readonly event: 'certificate'; readonly certificate: 'authority' | 'leaf'; readonly notAfter: Date }
  /** A watch began, or heard something: an event, a bookmark, a list, or its end at its time. */
  | { readonly event: 'watch heard'; readonly resource: string; readonly at: Date }
  | { readonly event: 'watch ended'; readonly resource: string }
  | { readonly event: 'reconcile failed'; readonly reason: string };

/** Lines for the operator. Values of fields may come from anybody: they are written so that they can forge no line. Never pass a secret. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | Error>>;

/** What the use cases read of a cluster: caches that a watch keeps fresh. Never a call. */
export interface ClusterView {
  namespaces(): readonly NamespaceState[];
  namespace(name: string): NamespaceState | undefined;
  /** Every policy of the namespace, ours and others. */
  policies(namespace: string): readonly NetworkPolicy[];
  pods(namespace: string): readonly PodState[];
  /** The addresses of the API server. */
  apiServer(): readonly string[];
}

/** The writes beside policies that the reconciler makes. */
export interface GateWriter {
  /** Sets or takes away `portcullis.dev/gate: open` on a namespace. */
  labelGate(namespace: string, open: boolean): Promise<void>;
  /** Takes our scheduling gate off a pod; a pod that is gone or has none is quiet success. */
  liftGate(pod: PodState): Promise<void>;
}

/** Tells people what happened to an object. Never throws. */
export interface Announcer {
  namespace(namespace: string, reason: string, message: string): void;
  pod(pod: PodState, reason: string, message: string): void;
  /** About a ConfigMap of the template, in Portcullis' own namespace. */
  template(configMap: string, reason: string, message: string): void;
}

/** Keeps the last good documents of the template across restarts. */
export interface AcceptedStore {
  /** Undefined: nothing was ever accepted. */
  read(): Promise<readonly TemplateGroup[] | undefined>;
  write(groups: readonly TemplateGroup[]): Promise<void>;
  /** Tells when what was last written is no longer what is kept. */
  watch(disturbed: (how: Disturbance) => void): Stop;
}

/** What somebody else did to what was written down. */
export type Disturbance = 'deleted' | 'changed';

/** Shows operators where things stand, in one place that they can look at. */
export interface StatusBoard {
  write(status: Readonly<Record<string, unknown>>): Promise<void>;
  /** Tells when what was last written is no longer what is shown. */
  watch(disturbed: (how: Disturbance) => void): Stop;
}

/** Where it is kept who leads. */
export interface LeaseStore {
  /** Undefined: nobody ever led. */
  read(signal: AbortSignal): Promise<StoredLease | undefined>;
  /** Replaces the record if it still is at `version` (undefined: if there is none yet); `conflict`: somebody else was faster. */
  write(record: LeaseRecord, version: string | undefined, signal: AbortSignal): Promise<'written' | 'conflict'>;
}

export interface StoredLease {
  readonly record: LeaseRecord;
  readonly version: string;
}

/** The time in which we lead. */
export interface Term {
  /** Aborted when the lease was lost or the program stops: nothing more may be written. */
  readonly signal: AbortSignal;
  /** Milliseconds in which a write may still be under way; 0 when the term has ended, also where its signal is late. */
  remainingMs(): number;
}

/** The label by which a pod is shut off. */
export interface QuarantineLabel {
  /** Sets the label on exactly this pod, or takes it off. `gone`: there is no such pod any longer; another of its name is left alone. */
  put(pod: PodAddress, quarantined: boolean): Promise<'put' | 'gone'>;
}

/** Where quarantines and releases are on record: whoever may write there may release. */
export interface ReleaseStore {
  /** Delivers the book once it is known, and after each change. */
  watch(deliver: (book: ReleaseBook) => void): Stop;
  /** Writes the entries and takes the keys of these pods away. */
  write(entries: readonly BookEntry[], forget: readonly string[]): Promise<void>;
}

/** Where the readers of policy reports look. */
export interface ReportStore {
  /** Looks which kind of report the cluster knows, by a short name; undefined: none. Reports of another kind are cleared away. */
  discover(): Promise<string | undefined>;
  /** The namespaces that have a report of ours. */
  namespaces(): Promise<readonly string[]>;
  /** Makes, changes or (without a report) removes the report of a namespace. */
  write(namespace: string, report: NamespaceReport | undefined): Promise<void>;
}
