import type { SocketTable, SocketTexts } from './socket-tables.ts';

/** Reading what one `cat` of the socket tables of a pod wrote: the files run into each other, and only their headers tell them apart. */

/** What is asked for, in this order: the range last, so that its line shows that nothing before it is missing. */
export const SOCKET_FILES: readonly string[] = [
  '/proc/net/tcp',
  '/proc/net/tcp6',
  '/proc/net/udp',
  '/proc/net/udp6',
  '/proc/net/sctp/eps',
  '/proc/sys/net/ipv4/ip_local_port_range',
];

/** What `cat` wrote, and its exit code. */
export interface CatOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The texts of the files that exist, or in words why they cannot be told. */
export type CatReading = { readonly texts: SocketTexts } | { readonly reason: string };

const RANGE_LINE = /^\d+\t+\d+$/;

/**
 * Takes the output of `cat SOCKET_FILES` apart. A file that does not exist (no IPv6, no SCTP module) is absent; one that is missing without
 * that word, was denied, came twice or was cut off is a reason: a listener may be in it.
 */
export function readCatOutput({ code, stdout, stderr }: CatOutput): CatReading {
  const absent = new Set<string>();
  for (const line of stderr.split('\n').filter((one) => one.trim() !== '')) {
    const file = SOCKET_FILES.find((one) => line.includes(one) && !line.includes(`${one}6`));
    if (file === undefined || !/no such file or directory/i.test(line)) return { reason: `cat said: ${plain(line)}` };
    absent.add(file);
  }
  if (code !== 0 && absent.size === 0) return { reason: `cat ended with ${code}` };
  const parts = takeApart(stdout);
  if (typeof parts === 'string') return { reason: parts };
  const problem = SOCKET_FILES.map((file) => problemOf(file, parts.get(nameOf(file)), absent)).find((one) => one !== undefined);
  return problem === undefined ? { texts: Object.fromEntries(parts) } : { reason: problem };
}

/** The text of each file, or what is wrong. */
function takeApart(stdout: string): ReadonlyMap<keyof SocketTexts, string> | string {
  const parts = new Map<keyof SocketTexts, string>();
  let current: keyof SocketTexts | undefined;
  for (const line of stdout.split(/(?<=\n)/).filter((one) => one !== '')) {
    const begun = beginningOf(line);
    if (begun !== undefined && parts.has(begun)) return `${fileOf(begun)} came twice`;
    current = begun ?? current;
    if (current === undefined) return `the output begins with no table: ${plain(line)}`;
    parts.set(current, (parts.get(current) ?? '') + line);
  }
  return parts;
}

/** The file that begins with this line. The headers are those of net/ipv4/tcp_ipv4.c, net/ipv6/tcp_ipv6.c and their like for UDP. */
function beginningOf(line: string): keyof SocketTexts | undefined {
  if (RANGE_LINE.test(line.trimEnd())) return 'ip_local_port_range';
  if (/^\s*ENDPT\s/.test(line)) return 'sctp/eps';
  if (!/^\s*sl\s+local_address\s/.test(line)) return undefined;
  const protocol = /\sdrops\s*$/.test(line) ? 'udp' : 'tcp';
  const table: SocketTable = /\sremote_address\s/.test(line) ? `${protocol}6` : protocol;
  return table;
}

function problemOf(file: string, text: string | undefined, absent: ReadonlySet<string>): string | undefined {
  if (text === undefined) return absent.has(file) ? undefined : `the output of cat broke off before ${file}`;
  return text.endsWith('\n') ? undefined : `the output of cat broke off in ${file}`;
}

function nameOf(file: string): keyof SocketTexts {
  const name = file.replace('/proc/net/', '');
  return name === 'tcp' || name === 'tcp6' || name === 'udp' || name === 'udp6' || name === 'sctp/eps' ? name : 'ip_local_port_range';
}

function fileOf(name: keyof SocketTexts): string {
  return SOCKET_FILES.find((file) => nameOf(file) === name) ?? name;
}

/** One line of printable ASCII: it comes from a container. */
function plain(text: string): string {
  return text
    .trim()
    .slice(0, 200)
    .replace(/[^\x20-\x7e]/g, '?');
}
