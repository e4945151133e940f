import { statSync } from 'node:fs';
import { acceptingCounts } from '../../core/socket-counts.ts';
import { SOCKET_TABLES, type SocketTexts } from '../../core/socket-tables.ts';
import { readProcText } from './proc-text.ts';

/** The tables of the network namespace that `folder` (/proc/PID/net) shows, in full. */
export function socketTexts(folder: string): SocketTexts {
  return Object.fromEntries(
    SOCKET_TABLES.map((name) => [name, name === 'sctp/eps' ? sctpText(folder) : readProcText(`${folder}/${name}`)]),
  );
}

/** The counts of the same namespace (core/socket-counts.ts), a tenth of a millisecond. */
export function socketCounts(folder: string): string | undefined {
  const [sockstat, sockstat6, snmp] = ['sockstat', 'sockstat6', 'snmp'].map((name) => readProcText(`${folder}/${name}`));
  return acceptingCounts({ sockstat, sockstat6, snmp });
}

/** Nearly nowhere is SCTP loaded, and the error of a missing file costs more than the question. */
function sctpText(folder: string): string | undefined {
  const isThere = statSync(`${folder}/sctp`, { throwIfNoEntry: false }) !== undefined;
  return isThere ? readProcText(`${folder}/sctp/eps`) : undefined;
}
