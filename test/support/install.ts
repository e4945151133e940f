import { fileURLToPath } from 'node:url';
import type { ApiServer } from '../cluster/api-server.ts';
import { portcullisImage } from '../cluster/images.ts';
import type { ClusterNode } from '../cluster/node/open.ts';

/** Portcullis in a cluster, as a user installs it: its own image, and `kubectl apply -k`. */

const OVERLAY = fileURLToPath(new URL('../node/overlay', import.meta.url));
const WORKLOADS = [
  ['portcullis-system', 'deployment/portcullis-controller'],
  ['portcullis-system', 'deployment/portcullis-webhook'],
  ['portcullis-agent', 'daemonset/portcullis-agent'],
] as const;

/** Installs what deploy/overlays/enforce holds, with the image of this checkout, and waits until every part of it is ready. */
export async function installPortcullis(node: ClusterNode): Promise<void> {
  await node.importImages([await portcullisImage()]);
  await succeed(node.api, ['apply', '-k', OVERLAY]);
  await Promise.all(
    WORKLOADS.map(([namespace, workload]) => succeed(node.api, ['rollout', 'status', workload, '-n', namespace, '--timeout=50s'])),
  );
}

/** kubectl, which must succeed; answers what it printed. */
export async function succeed({ kubectl }: Pick<ApiServer, 'kubectl'>, args: readonly string[], stdin?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args, stdin === undefined ? {} : { stdin });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr || stdout}`);
  return stdout;
}
