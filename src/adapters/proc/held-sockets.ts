import { readdirSync, readlinkSync } from 'node:fs';
import { isDenied, unlessGone } from './proc-text.ts';

/**
 * The inodes of the sockets that a process holds; none where it has ended, `denied` where its open files may not be looked into (that takes the
 * same user, or CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH).
 */
export function heldSockets(proc: string, pid: number): readonly string[] | 'denied' {
  const folder = `${proc}/${pid}/fd`;
  try {
    const names = unlessGone(() => readdirSync(folder)) ?? [];
    return names.flatMap((name) => /^socket:\[(\d+)\]$/.exec(unlessGone(() => readlinkSync(`${folder}/${name}`)) ?? '')?.[1] ?? []);
  } catch (error) {
    if (isDenied(error)) return 'denied';
    throw error;
  }
}
