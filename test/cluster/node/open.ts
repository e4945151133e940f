import { type ApiServer, apiServer } from '../api-server.ts';
import { createClient } from '../client.ts';
import { type Result, type RunOptions, run } from '../proc.ts';
import type { Endpoint } from '../users.ts';
import { remoteDaemons } from './control.ts';
import type { Daemons, Programs } from './daemons.ts';
import { type Enforcement, enforcementOf } from './enforcement.ts';
import { bareEnvironment, inside } from './machine.ts';
import { nodeFiles } from './place.ts';
import { type Exposed, expose } from './relay.ts';
import type { Target } from './relay-target.ts';

/** What another process must know to use a running node; plain data. */
export interface NodeFacts {
  readonly folder: string;
  /** Of the first process of the node, as this machine counts. */
  readonly pid: number;
  readonly endpoint: Endpoint;
  readonly programs: Programs;
}

/** A node as a test uses it. */
export interface ClusterNode {
  /** Its API server, reachable from here. */
  readonly api: ApiServer;
  /** The agent that enforces NetworkPolicies; it runs unless a test stops it. */
  readonly enforcement: Enforcement;
  /** For tests of failures: kill a daemon, start it again. */
  readonly daemons: Daemons;
  /** Where kubectl, helm and the daemons lie. */
  readonly programs: Programs;
  /** Runs a command on the node, as its root, to its end. The node reaches its pods whatever the policies say: probe from a pod. */
  run(command: readonly string[], options?: RunOptions): Promise<Result>;
  /** Makes images known by their files (docker-archive). Pods name them with `imagePullPolicy: Never` or `IfNotPresent`. */
  importImages(files: readonly string[]): Promise<void>;
  /** Makes a TCP address of the node's network (of a pod, of a Service) reachable from here as 127.0.0.1:port. It comes from the node. */
  expose(target: Target): Promise<Exposed>;
}

/** Takes a running node into use; any number of processes may. Its daemons are asked for by way of the process that started it. */
export function openNode(facts: NodeFacts, daemons: Daemons = remoteDaemons(facts.folder)): ClusterNode {
  const { folder, pid, endpoint, programs } = facts;
  const onNode: ClusterNode['run'] = (command, options) =>
    run([...inside(pid, folder), ...command], { env: bareEnvironment(folder), ...options });
  return {
    api: apiServer({ endpoint, client: createClient(endpoint), programs: programs.controlPlane, folder }),
    enforcement: enforcementOf({ daemons, run: onNode }),
    daemons,
    programs,
    run: onNode,
    async importImages(files) {
      for (const file of files) {
        const { code, stderr } = await onNode([...ctr(folder), 'images', 'import', file]);
        if (code !== 0) throw new Error(`cannot import ${file}: ${stderr}`);
      }
    },
    expose: (target) => expose(folder, target),
  };
}

/** containerd's own client, in the namespace of Kubernetes. */
export const ctr = (folder: string): readonly string[] => ['ctr', '--address', nodeFiles(folder).containerdSocket, '--namespace', 'k8s.io'];
