import type { KubeTransport } from '../adapters/kube/transport.ts';
import { readDocuments, TEMPLATE_LIMITS } from '../adapters/yaml/read.ts';
import { NO_TEMPLATE, takeTemplate } from '../app/template-state.ts';
import { type Authority, makeAuthority } from '../core/authority.ts';
import { formatIssue } from '../core/document.ts';
import type { TemplateGroup } from '../ports.ts';
import { CommandError, EXIT } from './exit-code.ts';
import type { Io } from './io.ts';

/** Where Portcullis runs, unless the environment says otherwise. */
export function ownNamespace({ env }: Pick<Io, 'env'>): string {
  return env.PORTCULLIS_NAMESPACE || 'portcullis-system';
}

/**
 * The template that is in force in the cluster: what the controller last accepted, or where it never ran the ConfigMaps themselves. A
 * CommandError where there is none, or none that is good.
 */
export async function liveTemplate(transport: KubeTransport, own: string): Promise<Authority> {
  const [{ configMapAcceptedStore }, { keepTemplate }, { listAll }, { corePath }] = await Promise.all([
    import('../adapters/kube/accepted-template.ts'),
    import('../adapters/kube/configmaps.ts'),
    import('../adapters/kube/list.ts'),
    import('../adapters/kube/paths.ts'),
  ]);
  const accepted = await configMapAcceptedStore(transport, own).read();
  const groups: readonly TemplateGroup[] =
    accepted ?? (await listAll(transport, { path: corePath('configmaps', own) })).flatMap((raw) => keepTemplate(raw) ?? []);
  if (groups.length === 0) {
    throw new CommandError(EXIT.usage, `no template is in force in namespace ${own}: name a file with --template`);
  }
  const { template, refused } = takeTemplate(groups, NO_TEMPLATE, (source) => readDocuments(source, TEMPLATE_LIMITS));
  if (template !== undefined) return makeAuthority(template, own);
  const issues = refused.flatMap((group) => group.issues).map((issue) => `  ${formatIssue(issue)}`);
  throw new CommandError(EXIT.usage, [`the template in namespace ${own} is not good`, ...issues].join('\n'));
}
