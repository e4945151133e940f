import { MANAGED_BY, MANAGED_BY_LABEL } from '../../core/names.ts';
import { type BookEntry, bookKey, bookKeys, bookText, type ReleaseBook, readBook } from '../../core/release.ts';
import { asRecord, textFields, textOf } from '../../core/unknown.ts';
import type { ReleaseStore } from '../../ports.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { hasStatus } from './kube-error.ts';
import type { ReflectTiming } from './list-and-watch.ts';
import { corePath } from './paths.ts';
import { reflect, UNHEARD, type WatchListener } from './reflector.ts';
import type { KubeTransport } from './transport.ts';

/** The ConfigMap of quarantines and releases. Whoever may patch it may release: tenants may not. */
export const RELEASES_CONFIGMAP = 'portcullis-releases';

export interface ReleaseStoreOptions {
  readonly namespace: string;
  readonly health?: WatchListener;
  readonly timing?: Partial<ReflectTiming>;
}

/** The book in one ConfigMap. `watch` makes it where it is missing, and so does `write`: nobody
 * but the controller needs the right to make ConfigMaps. */
export function configMapReleaseStore(
  transport: KubeTransport,
  { namespace, health = UNHEARD, timing = {} }: ReleaseStoreOptions,
): ReleaseStore {
  const path = corePath('configmaps', namespace);
  return {
    watch(deliver) {
      const configMaps = reflect({
        transport,
        path,
        query: { fieldSelector: `metadata.name=${RELEASES_CONFIGMAP}` },
        keep: keepBook,
        onChange: (change) => deliver(change.type === 'removed' ? readBook({}) : change.object),
        onError: health.failed,
        onHeard: health.heard,
        timing,
      });
      const begin = async () => {
        await configMaps.synced;
        if (configMaps.store.size > 0) return;
        deliver(readBook({}));
        await makeConfigMap(transport, namespace);
      };
      begin().catch(health.failed);
      return configMaps.stop;
    },
    async write(entries, forget) {
      const data = Object.fromEntries([
        ...entries.map((entry): [string, string] => [bookKey(entry), bookText(entry)]),
        ...forget.flatMap(bookKeys).map((key): [string, null] => [key, null]),
      ]);
      await writeReleases(transport, namespace, data).catch(async (error) => {
        if (!hasStatus(error, 404)) throw error;
        await makeConfigMap(transport, namespace);
        await writeReleases(transport, namespace, data);
      });
    },
  };
}

/** The book now; undefined where there is no ConfigMap of it, which means that no controller ever ran there. */
export async function readReleases(transport: KubeTransport, namespace: string): Promise<ReleaseBook | undefined> {
  try {
    return keepBook(await transport.request({ method: 'GET', path: corePath('configmaps', namespace, RELEASES_CONFIGMAP) }));
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Writes one entry into the ConfigMap that is there, with no right but to patch it. */
export async function writeEntry(transport: KubeTransport, namespace: string, entry: BookEntry): Promise<void> {
  await writeReleases(transport, namespace, { [bookKey(entry)]: bookText(entry) });
}

/** By which name the API server knows the caller. */
export async function readOwnName(transport: KubeTransport): Promise<string> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = await transport.request({ method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body });
  return textOf(asRecord(asRecord(asRecord(answer).status).userInfo).username) || 'somebody';
}

async function writeReleases(transport: KubeTransport, namespace: string, data: Readonly<Record<string, string | null>>): Promise<void> {
  await transport.request({
    method: 'PATCH',
    path: corePath('configmaps', namespace, RELEASES_CONFIGMAP),
    query: { fieldManager: FIELD_MANAGER },
    contentType: 'application/merge-patch+json',
    body: { data },
  });
}

/** Without `data`: what others wrote there stays theirs. */
async function makeConfigMap(transport: KubeTransport, namespace: string): Promise<void> {
  const metadata = { name: RELEASES_CONFIGMAP, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } };
  await transport.request({
    method: 'PATCH',
    path: corePath('configmaps', namespace, RELEASES_CONFIGMAP),
    query: { fieldManager: FIELD_MANAGER, force: true },
    contentType: 'application/apply-patch+yaml',
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata },
  });
}

function keepBook(raw: unknown): ReleaseBook {
  return readBook(textFields(asRecord(raw).data));
}
