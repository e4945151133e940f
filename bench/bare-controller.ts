import { findAccess } from '../src/adapters/kube/access.ts';
import { NAMESPACES, policyPath } from '../src/adapters/kube/paths.ts';
import { connect } from '../src/adapters/kube/transport.ts';
import { makeAuthority } from '../src/core/authority.ts';
import { policyPair } from '../src/core/policy-pair.ts';
import { asRecord, textOf } from '../src/core/unknown.ts';
import { entry, template } from '../test/support/template.ts';

/**
 * The least that a controller can do, to compare with: one watch, and for each new namespace two policies by POST, one after the other. It knows no
 * state, no drift, no gate and no retry. The pair is that of the product.
 */
const transport = await connect(await findAccess({ kubeconfig: process.argv[2], env: {} }), { version: 'bench' });
const { block, allow } = policyPair('a', makeAuthority(template([entry('a')]), 'portcullis-system'), { namespaces: [], apiServer: [] });
const list = asRecord(await transport.request({ method: 'GET', path: NAMESPACES }));
const resourceVersion = textOf(asRecord(list.metadata).resourceVersion);
const query = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds: 3_600 };
process.send?.('ready');
for await (const line of transport.stream({ path: NAMESPACES, query, idleMs: 300_000 })) {
  const { type, object } = asRecord(line);
  if (type === 'ADDED') void close(textOf(asRecord(asRecord(object).metadata).name));
}

async function close(namespace: string): Promise<void> {
  for (const policy of [block, ...allow]) {
    const body = { ...policy, metadata: { ...policy.metadata, namespace } };
    await transport.request({ method: 'POST', path: policyPath(namespace), body });
  }
}
