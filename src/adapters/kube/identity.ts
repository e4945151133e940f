import type { Agent } from 'node:http';

/** Who calls which API server. */
export interface Identity {
  /** The base of every path; it may have a path of its own (a proxy in front of many clusters). */
  readonly server: URL;
  /** The namespace of the context or of the service account, where it names one. */
  readonly namespace?: string;
  /** What the next request needs. Asked before each, since tokens change: its answer must not be kept. */
  credentials(): Promise<Credentials>;
  /** The API server did not take these (401): the next ones are made anew, unless they were already. */
  refused(credentials: Credentials): void;
}

/** By lower-case name; a list is one header each. */
export type Headers = Readonly<Record<string, string | string[]>>;

/** What a request carries so that it is let in. */
export interface Credentials {
  readonly headers: Headers;
  readonly tls: TlsMaterial;
  /** The proxy on the way, by HTTP CONNECT: `http://` or `https://`, perhaps with a name and a password. */
  readonly proxy?: string;
  /** For a proxy of another kind (SOCKS): an agent that goes through it with this material. */
  readonly proxyAgent?: Agent;
}

/** What a connection is made with; another value of any field needs another connection. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

const FIELDS = ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized'] as const;

/** Whether connections made with one may be used for the other. */
export function sameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  return FIELDS.every((field) => sameValue(a[field], b[field]));
}

function sameValue(a: TlsMaterial[keyof TlsMaterial], b: TlsMaterial[keyof TlsMaterial]): boolean {
  return a === b || (Buffer.isBuffer(a) && Buffer.isBuffer(b) && a.equals(b));
}
