import { createHash } from 'node:crypto';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../core/names.ts';
import { asRecord, textFields, textOf } from '../../core/unknown.ts';
import type { Disturbance, Stop } from '../../ports.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { corePath } from './paths.ts';
import { reflect, type WatchListener } from './reflector.ts';
import type { KubeTransport } from './transport.ts';

/** What a ConfigMap holds. */
export interface ConfigMapContent {
  readonly data?: Readonly<Record<string, string>>;
  /** Base64. */
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** A ConfigMap of which every key is ours. */
export interface OwnConfigMap {
  /** Brings it to this content, keys that others added included, and makes it where it is missing. One call at a time. */
  write(content: ConfigMapContent): Promise<void>;
  /** Tells when the content is another than what was last written here, or is gone. Labels and annotations are not looked at. */
  watch(disturbed: (how: Disturbance) => void): Stop;
}

export interface ConfigMapPlace {
  readonly namespace: string;
  readonly name: string;
}

/** What was in the ConfigMap at one version of it. */
interface Seen {
  readonly resourceVersion: string;
  /** Not the content: it may be a megabyte. */
  readonly hash: string;
}

/** The ConfigMap of this name, by server-side apply; nothing is called before the first write or watch. */
export function ownConfigMap(transport: KubeTransport, { namespace, name }: ConfigMapPlace, health: WatchListener): OwnConfigMap {
  const path = corePath('configmaps', namespace, name);
  /** As the server answered the last write; undefined before the first, and while nobody knows what came of one. */
  let ours: Seen | undefined;
  /** What the watch told last, until it is judged. */
  let news: Seen | 'deleted' | undefined;
  let disturbed = (_how: Disturbance) => {};
  const judge = () => {
    if (ours === undefined || news === undefined) return;
    const heard = news;
    news = undefined;
    if (heard === 'deleted') disturbed('deleted');
    else if (isNewer(heard.resourceVersion, ours.resourceVersion) && heard.hash !== ours.hash) disturbed('changed');
  };
  return {
    async write(content) {
      ours = undefined;
      const metadata = { name, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } };
      const applied = await transport.request({
        method: 'PATCH',
        path,
        query: { fieldManager: FIELD_MANAGER, force: true },
        contentType: 'application/apply-patch+yaml',
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata, ...content },
      });
      ours = see(await withoutStrangers(transport, { path, applied, content }));
      judge(); // the watch may have been faster than the answer
    },
    watch(tell) {
      disturbed = tell;
      const watch = reflect({
        transport,
        path: corePath('configmaps', namespace),
        query: { fieldSelector: `metadata.name=${name}` },
        keep: see,
        onChange: ({ type, object }) => {
          news = type === 'removed' ? 'deleted' : object;
          judge();
        },
        onError: health.failed,
        onHeard: health.heard,
      });
      return watch.stop;
    },
  };
}

interface Applied {
  readonly path: string;
  /** As the server answered. */
  readonly applied: unknown;
  readonly content: ConfigMapContent;
}

/** An apply leaves the keys that only others wrote. Answers the object without them. */
async function withoutStrangers(transport: KubeTransport, { path, applied, content }: Applied): Promise<unknown> {
  const { data, binaryData } = asRecord(applied);
  const body = { ...removal('data', data, content.data), ...removal('binaryData', binaryData, content.binaryData) };
  if (Object.keys(body).length === 0) return applied;
  const query = { fieldManager: FIELD_MANAGER };
  return transport.request({ method: 'PATCH', path, query, contentType: 'application/merge-patch+json', body });
}

function removal(field: keyof ConfigMapContent, there: unknown, wanted: Readonly<Record<string, string>> = {}) {
  const strangers = Object.keys(asRecord(there)).filter((key) => !Object.hasOwn(wanted, key));
  return strangers.length === 0 ? {} : { [field]: Object.fromEntries(strangers.map((key) => [key, null])) };
}

function see(raw: unknown): Seen {
  const { metadata, data, binaryData } = asRecord(raw);
  const content = [data, binaryData].map((part) => Object.entries(textFields(part)).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    resourceVersion: textOf(asRecord(metadata).resourceVersion),
    hash: createHash('sha256').update(JSON.stringify(content)).digest('hex'),
  };
}

/** Versions of one resource are numbers that grow, of any length (k8s.io/apimachinery, util/resourceversion). */
function isNewer(version: string, other: string): boolean {
  return version.length === other.length ? version > other : version.length > other.length;
}
