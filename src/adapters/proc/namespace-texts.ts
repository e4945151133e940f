import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { acceptingCounts } from '../../core/socket-counts.ts';
import { SOCKET_TABLES, type SocketTexts } from '../../core/socket-tables.ts';
import { readProcText, unlessGone } from './proc-text.ts';

/** The tables of the network namespace that `folder` (/proc/PID/net) shows, in full. */
export function socketTexts(folder: string): SocketTexts {
  return Object.fromEntries(SOCKET_TABLES.map((name) => [name, name === 'sctp/eps' ? sctpText(folder) : tableText(`${folder}/${name}`)]));
}

/** The counts of the same namespace (core/socket-counts.ts), a tenth of a millisecond. */
export function socketCounts(folder: string): string | undefined {
  const [sockstat, sockstat6, snmp] = ['sockstat', 'sockstat6', 'snmp'].map((name) => readProcText(`${folder}/${name}`));
  return acceptingCounts({ sockstat, sockstat6, snmp });
}

/** Room for tables of some hundred sockets. */
const BUFFER = Buffer.allocUnsafe(65_536);

/**
 * What a first read surely leaves no row behind: the kernel fills a page, of 4096 bytes at least, as long as another row has room (fs/seq_file.c).
 */
const SURELY_ALL = 4096 - 512;

/**
 * A table as text. Reading to the end as one reads a file costs a second walk of the kernel through the connections of all namespaces, a
 * millisecond on a large node: a short table is there at the first read.
 */
function tableText(path: string): string | undefined {
  const file = unlessGone(() => openSync(path, 'r'));
  if (file === undefined) return undefined;
  try {
    const length = readSync(file, BUFFER, 0, BUFFER.length, null);
    const text = BUFFER.toString('latin1', 0, length);
    return length < SURELY_ALL ? text : text + restOf(file);
  } finally {
    closeSync(file);
  }
}

function restOf(file: number): string {
  let text = '';
  for (;;) {
    const length = readSync(file, BUFFER, 0, BUFFER.length, null);
    if (length === 0) return text;
    text += BUFFER.toString('latin1', 0, length);
  }
}

/** Nearly nowhere is SCTP loaded, and the error of a missing file costs more than the question. */
function sctpText(folder: string): string | undefined {
  const isThere = statSync(`${folder}/sctp`, { throwIfNoEntry: false }) !== undefined;
  return isThere ? readProcText(`${folder}/sctp/eps`) : undefined;
}
