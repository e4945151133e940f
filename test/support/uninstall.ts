import type { ClusterNode } from '../cluster/node/open.ts';
import { succeed } from './install.ts';

/** For tests of a cluster without Portcullis: takes away what `installed` brought, its pods first, so that nobody brings the hooks back. */
export async function uninstalled({ api }: Pick<ClusterNode, 'api'>): Promise<void> {
  const remove = (...words: readonly string[]) => succeed(api, ['delete', '--ignore-not-found', '--timeout=120s', ...words]);
  await remove('deployment', '--all', '-n', 'portcullis-system', '--cascade=foreground');
  await remove('validatingwebhookconfiguration,mutatingwebhookconfiguration', 'portcullis');
  await remove('namespace', 'portcullis-system', 'portcullis-agent');
}
