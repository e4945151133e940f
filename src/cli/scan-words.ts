import type { Command } from 'commander';
import { type ClusterOptions, clusterWords } from './cluster.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** What `scan` and `run` were asked for. */
export interface ScanWords extends ClusterOptions {
  readonly template: string;
  readonly engine: string;
  readonly namespace?: string;
  readonly scanTarget: readonly string[];
  readonly manifests: readonly string[];
}

/** Where a pod can be reached without a cluster, and the process whose sockets are its own. */
export interface LocalTarget {
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  readonly pid?: number;
}

/** Adds the words of a scan. */
export function scanWords(command: Command): Command {
  return clusterWords(command)
    .requiredOption('--template <path>', 'a file or folder with the template')
    .option('-n, --namespace <name>', 'only this namespace')
    .option('--engine <engine>', 'the outside scanner: auto (nmap where it is installed), nmap, connect or off', 'auto')
    .option('--scan-target <ns/pod=address,pid=number...>', 'scan these and no cluster; with pid also from inside', [])
    .option('--manifests <path...>', 'without a cluster: the manifests of the pods (labels, declared ports)', []);
}

/** `shop/api=10.0.0.7,pid=4711`; a CommandError says what would be right. */
export function localTargets(values: readonly string[]): LocalTarget[] {
  return values.map((value) => {
    const [, namespace, name, address, pid] = /^([^/=,]+)\/([^/=,]+)=([^,\s]+)(?:,pid=(\d+))?$/.exec(value) ?? [];
    if (namespace === undefined || name === undefined || address === undefined) {
      throw new CommandError(
        EXIT.usage,
        `--scan-target ${value}: write NAMESPACE/POD=ADDRESS or NAMESPACE/POD=ADDRESS,pid=NUMBER, like shop/api=10.0.0.7`,
      );
    }
    return { namespace, name, address, ...(pid === undefined ? {} : { pid: Number(pid) }) };
  });
}
