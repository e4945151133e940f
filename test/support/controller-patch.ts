import type { ClusterNode } from '../cluster/node/open.ts';
import { succeed } from './install.ts';

const OWN = ['-n', 'portcullis-system'];
const DEPLOYMENT = 'deployment/portcullis-controller';

/** Runs an action while the controller has further arguments; they are taken back whatever comes of the action. */
export async function withControllerArgs(
  { api }: Pick<ClusterNode, 'api'>,
  args: readonly string[],
  action: () => Promise<void>,
): Promise<void> {
  const path = '/spec/template/spec/containers/0/args';
  const before = (await succeed(api, ['get', DEPLOYMENT, ...OWN, '-o', 'jsonpath={.spec.template.spec.containers[0].args}'])).trim();
  const put = async (value: readonly unknown[]) => {
    await succeed(api, ['patch', DEPLOYMENT, ...OWN, '--type', 'json', '-p', JSON.stringify([{ op: 'replace', path, value }])]);
    await succeed(api, ['rollout', 'status', DEPLOYMENT, ...OWN, '--timeout=120s']);
  };
  const old = JSON.parse(before) as readonly unknown[];
  try {
    await put([...old, ...args]);
    await action();
  } finally {
    await put(old);
  }
}

/** The addresses of the controllers that run: one of them leads, and it alone knows. */
export async function controllerAddresses({ api }: Pick<ClusterNode, 'api'>): Promise<string[]> {
  const labels = ['-l', 'app.kubernetes.io/component=controller', '--field-selector', 'status.phase=Running'];
  const out = await succeed(api, ['get', 'pods', ...OWN, ...labels, '-o', 'jsonpath={.items[*].status.podIP}']);
  return out.split(' ').filter((address) => address !== '');
}
