import { statSync } from 'node:fs';
import { endianness } from 'node:os';
import { readSocketTables, type SocketTables } from '../../core/socket-tables.ts';
import { socketTexts } from './namespace-texts.ts';
import { isDenied, readProcText, unlessGone } from './proc-text.ts';

/**
 * Which network namespace a process is in: the same text for the same one; undefined where the process has ended. By the inode of its TCP table,
 * which the kernel makes once for each namespace (fs/proc/generic.c, proc_register): unlike the link ns/net, everybody may see it. Throws where
 * the process hides even that (procfs mounted with hidepid).
 */
export function networkNamespace(proc: string, pid: number): string | undefined {
  const found = unlessGone(() => statSync(`${proc}/${pid}/net/tcp`, { throwIfNoEntry: false }));
  return found === undefined ? undefined : String(found.ino);
}

/** Reads one network namespace by one of its processes; `gone` where that ended or moved meanwhile: then a table that was not there means nothing. */
export type ReadNamespace = (pid: number) => SocketTables | 'gone';

/** A reader for one look. The range of ephemeral ports is that of the reader's own namespace: no file tells another's. */
export function namespaceReader(proc: string): ReadNamespace {
  const range = ephemeralRange(proc);
  return (pid) => {
    try {
      return unlessGone(() => readTables(proc, pid, range)) ?? 'gone';
    } catch (error) {
      const why = isDenied(error) ? 'may not be read' : `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      return { known: false, reason: `the socket tables ${why}` };
    }
  };
}

/** Undefined where the process was not in one and the same namespace all the time. */
function readTables(proc: string, pid: number, range: string | undefined): SocketTables | undefined {
  const before = networkNamespace(proc, pid);
  const tables = readSocketTables({ ...socketTexts(`${proc}/${pid}/net`), ip_local_port_range: range }, endianness());
  return before !== undefined && networkNamespace(proc, pid) === before ? tables : undefined;
}

/** Without the right to read it the usual one counts. */
function ephemeralRange(proc: string): string | undefined {
  try {
    return readProcText(`${proc}/sys/net/ipv4/ip_local_port_range`);
  } catch {
    return undefined;
  }
}
