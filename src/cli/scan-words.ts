import { isIP } from 'node:net';
import type { Command } from 'commander';
import { type ClusterOptions, clusterWords } from './cluster.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** What `scan` and `run` were asked for. */
export interface ScanWords extends ClusterOptions {
  /** Absent: what is in force in the cluster. */
  readonly template?: string;
  readonly engine: string;
  readonly inside: string;
  readonly outside: string;
  /** Of ephemeral containers; absent: that of Portcullis itself. */
  readonly image?: string;
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly scanTarget: readonly string[];
  readonly manifests: readonly string[];
}

/** Which pods are meant. */
export interface Scope {
  /** Absent: all. */
  readonly namespace?: string;
  readonly pod?: string;
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
    .option('--template <path>', 'a file or folder with the template; on a cluster the one in force unless given')
    .option('-n, --namespace <name>', 'only this namespace')
    .option('--inside <way>', 'how to see what listens: auto (agent, else exec), agent, exec, ephemeral (adds a container) or off', 'auto')
    .option('--outside <place>', 'where to probe from: auto (a pod, else here), pod (of Portcullis), here or off', 'auto')
    .option('--image <image>', 'for --inside ephemeral: an image with sh, sleep and cat; that of Portcullis unless given')
    .option('--engine <engine>', 'the outside scanner: auto (nmap where it is installed), nmap, connect or off', 'auto')
    .option('--scan-target <target...>', 'scan these and no cluster: NAMESPACE/POD=ADDRESS, and with ,pid=NUMBER also from inside', [])
    .option('--manifests <path...>', 'without a cluster: the manifests of the pods (labels, declared ports)', []);
}

const INSIDE = ['auto', 'agent', 'exec', 'ephemeral', 'off'] as const;
export type Inside = (typeof INSIDE)[number];

const OUTSIDE = ['auto', 'pod', 'here', 'off'] as const;
export type Outside = (typeof OUTSIDE)[number];

const ENGINES = ['auto', 'nmap', 'connect', 'off'] as const;

/** The ways of looking, checked before anything is asked; a CommandError says what would be right. */
export function readWays({ inside, outside, engine }: Pick<ScanWords, 'inside' | 'outside' | 'engine'>): {
  inside: Inside;
  outside: Outside;
} {
  oneOf('--engine', ENGINES, engine);
  return { inside: oneOf('--inside', INSIDE, inside), outside: oneOf('--outside', OUTSIDE, outside) };
}

function oneOf<T extends string>(option: string, values: readonly T[], text: string): T {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new CommandError(EXIT.usage, `${option} ${text}: write one of ${values.join(', ')}`);
  return found;
}

/** The pods that are meant, as kubectl would take it. `current`: the namespace of the context. */
export function readScope(
  { namespace, allNamespaces = false }: Pick<ScanWords, 'namespace' | 'allNamespaces'>,
  pod?: string,
): (current: string) => Scope {
  if (pod === undefined) return () => (namespace === undefined || allNamespaces ? {} : { namespace });
  if (allNamespaces) throw new CommandError(EXIT.usage, `${pod} is one pod: leave out -A, or the pod`);
  const [first = '', second, ...more] = pod.split('/');
  if (more.length > 0 || first === '' || second === '') throw new CommandError(EXIT.usage, `${pod}: write POD or NAMESPACE/POD`);
  if (second === undefined) return (current) => ({ namespace: namespace ?? current, pod: first });
  if (namespace !== undefined && namespace !== first)
    throw new CommandError(EXIT.usage, `${pod} is in namespace ${first}, and -n says ${namespace}: leave one of them out`);
  return () => ({ namespace: first, pod: second });
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
    if (isIP(address) === 0) throw new CommandError(EXIT.usage, `--scan-target ${value}: "${address}" is no IP address`);
    return { namespace, name, address, ...(pid === undefined ? {} : { pid: Number(pid) }) };
  });
}

/** Checks the words that can be wrong by themselves, before anything is printed. */
export function checkScanWords(words: Pick<ScanWords, 'inside' | 'outside' | 'engine' | 'scanTarget'>): void {
  readWays(words);
  localTargets(words.scanTarget);
}
