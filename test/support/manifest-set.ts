import { readDocuments } from '../../src/adapters/yaml/read.ts';
import type { Authority } from '../../src/core/authority.ts';
import { type MapNode, toValue } from '../../src/core/document.ts';
import type { ReadManifest } from '../../src/core/misconfig/manifest.ts';
import { type ManifestSet, makeManifestSet } from '../../src/core/misconfig/manifest-set.ts';
import { readManifest, workloadManifest } from '../../src/core/misconfig/read-manifest.ts';
import { asRecord, textOf } from '../../src/core/unknown.ts';
import { isWorkloadKind } from '../../src/core/workload.ts';
import { readWorkload } from '../../src/core/workload-reading.ts';

/** The objects as one set of manifests, as `check` would make it of their files. */
export function manifestSet(objects: readonly object[], authority: Authority): ManifestSet {
  const text = objects.map((object) => JSON.stringify(object)).join('\n---\n');
  const { documents } = readDocuments({ document: 'manifests.yaml', text });
  return makeManifestSet(
    documents.flatMap((node) => (node.kind === 'map' ? readOne(node) : [])),
    authority,
  );
}

function readOne(node: MapNode): ReadManifest[] {
  const value = toValue(node);
  const { apiVersion, kind, metadata } = asRecord(value);
  const { name, namespace } = asRecord(metadata);
  const [group = ''] = textOf(apiVersion).includes('/') ? textOf(apiVersion).split('/') : [];
  const head = { group, kind: textOf(kind), namespace: textOf(namespace) || 'default', name: textOf(name), node };
  if (isWorkloadKind(group, head.kind)) {
    return [{ is: 'workload', manifest: workloadManifest(head, value, readWorkload(head.kind, value, head.namespace)) }];
  }
  const manifest = readManifest(head, () => value);
  return manifest === undefined ? [] : [manifest];
}
