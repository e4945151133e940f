import { fileURLToPath } from 'node:url';
import type { ApiServer } from '../cluster/api-server.ts';
import { portcullisImage } from '../cluster/images.ts';
import type { ClusterNode } from '../cluster/node/open.ts';
import { until } from '../cluster/wait.ts';

/** Portcullis in a cluster, as a user installs it: its own image, and `kubectl apply -k`. */

/** What is installed: deploy/overlays/enforce, with the image of this checkout. */
export const OVERLAY = fileURLToPath(new URL('../node/overlay', import.meta.url));
const WORKLOADS = [
  ['portcullis-system', 'deployment/portcullis-controller'],
  ['portcullis-system', 'deployment/portcullis-webhook'],
  ['portcullis-agent', 'daemonset/portcullis-agent'],
] as const;
const DEADLINE = 240_000;

/** Installs what deploy/overlays/enforce holds, with the image of this checkout, and waits until every part of it is ready. */
export async function installPortcullis(node: ClusterNode): Promise<void> {
  await node.importImages([await portcullisImage()]);
  await succeed(node.api, ['apply', '-k', OVERLAY]);
  await until('Portcullis to be ready', () => everyPartReady(node.api), { deadline: DEADLINE });
  await until('the gate to be closed on failure', () => failsClosed(node.api), { deadline: DEADLINE });
}

/** The same once for all files of the tier: returns at once where Portcullis is there and ready. */
export async function installed(node: ClusterNode): Promise<void> {
  if ((await everyPartReady(node.api)) && (await failsClosed(node.api))) return;
  await installPortcullis(node);
}

async function everyPartReady({ kubectl }: Pick<ApiServer, 'kubectl'>): Promise<boolean> {
  const rolled = await Promise.all(
    WORKLOADS.map(([namespace, workload]) => kubectl(['rollout', 'status', workload, '-n', namespace, '--timeout=10s'])),
  );
  return rolled.every(({ code }) => code === 0);
}

/** Whether the controller has found the gate ready and set `failurePolicy: Fail`. */
async function failsClosed(api: Pick<ApiServer, 'kubectl'>): Promise<boolean> {
  return (await failurePolicies(api))['pods.validate.portcullis.dev'] === 'Fail';
}

/** The failurePolicy of each validating entry, by its name; none where nothing is installed. */
export async function failurePolicies({ kubectl }: Pick<ApiServer, 'kubectl'>): Promise<Readonly<Record<string, string>>> {
  const each = 'jsonpath={range .webhooks[*]}{.name}={.failurePolicy}{"\\n"}{end}';
  const { stdout } = await kubectl(['get', 'validatingwebhookconfiguration', 'portcullis', '-o', each]);
  return Object.fromEntries(stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('=')])));
}

/** kubectl, which must succeed; answers what it printed. */
export async function succeed({ kubectl }: Pick<ApiServer, 'kubectl'>, args: readonly string[], stdin?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args, stdin === undefined ? {} : { stdin });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr || stdout}`);
  return stdout;
}
