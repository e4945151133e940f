import { BlockList, isIP } from 'node:net';
import { KubeError } from './kube-error.ts';

/** The environment of the process, or as much of it as is given away. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for this server, as kubectl reads it (golang.org/x/net/http/httpproxy): HTTPS_PROXY unless NO_PROXY
 * leaves the server out, each in capitals first, and never for this machine itself. Throws a KubeError where it names no usable proxy.
 */
export function proxyFor(server: URL, env: Environment): string | undefined {
  const named = env.HTTPS_PROXY || env.https_proxy || '';
  const leftOut = (env.NO_PROXY || env.no_proxy || '').split(',');
  const host = bareHost(server).toLowerCase();
  if (named === '' || isOwnMachine(host) || leftOut.some((pattern) => means(pattern.trim().toLowerCase(), host, portOf(server))))
    return undefined;
  return readProxy(named);
}

/** The address of a proxy for people: without the password that may stand in it. */
export function nameOfProxy(proxy: string): string {
  const { protocol, host } = new URL(proxy);
  return `${protocol}//${host}`;
}

/** The address of a proxy, where one without a scheme means http. Throws a KubeError for what is no proxy that we can go through. */
export function readProxy(text: string): string {
  const whole = /^[a-z0-9]+:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url !== undefined && url.hostname !== '' && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href;
  const said = text.replace(/^([a-z0-9+.-]+:\/\/)?.*@/is, '$1'); // what cannot be read may have its password anywhere
  throw new KubeError(`the proxy "${said}" cannot be used: http:// and https:// can`, { status: 0, reason: 'Credentials' });
}

function bareHost(server: URL): string {
  return server.hostname.replace(/^\[|\]$/g, '');
}

function portOf(server: URL): string {
  return server.port || '443';
}

function isOwnMachine(host: string): boolean {
  return host === 'localhost' || contains('127.0.0.0/8', host) || host === '::1';
}

/** One entry of NO_PROXY: `*`, an address, a block of addresses, a domain with all below it, or `.domain` for those below alone; with a port: only there. */
function means(pattern: string, host: string, port: string): boolean {
  if (pattern === '*') return true;
  if (pattern.includes('/')) return contains(pattern, host);
  const [, name = pattern, only = port] = /^(.*?):(\d+)$/.exec(isIP(pattern) === 6 ? '' : pattern) ?? [];
  const domain = name.replace(/^\[|\]$/g, '').replace(/^\*(?=\.)/, '');
  if (domain === '' || only !== port) return false;
  if (isIP(domain) !== 0 || isIP(host) !== 0) return domain === host;
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function contains(block: string, host: string): boolean {
  const [network = '', bits] = block.split('/');
  const [family, hostFamily] = [isIP(network), isIP(host)];
  if (family === 0 || family !== hostFamily || !/^\d{1,3}$/.test(bits ?? '') || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, Number(bits), type);
  return list.check(host, type);
}
