import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What Linux says of a running process (proc(5)). */
export interface ProcessFigures {
  /** Memory in use now and at its highest, MiB. */
  readonly rssMiB: number;
  readonly peakMiB: number;
  /** Open file descriptors, and those of them that are sockets. */
  readonly files: number;
  readonly sockets: number;
}

/** Throws where the process is gone. */
export function processFigures(pid: number): ProcessFigures {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const targets = readdirSync(`/proc/${pid}/fd`).flatMap((name) => targetOf(`/proc/${pid}/fd/${name}`));
  return {
    rssMiB: mebibytes(status, 'VmRSS'),
    peakMiB: mebibytes(status, 'VmHWM'),
    files: targets.length,
    sockets: targets.filter((target) => target.startsWith('socket:')).length,
  };
}

/** Nothing where it was closed meanwhile. */
function targetOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

function mebibytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
}
