import { TEMPLATE_CONFIGMAP, TEMPLATE_LABEL } from '../../core/names.ts';
import { asRecord, textFields, textOf } from '../../core/unknown.ts';
import type { TemplateGroup, TemplateSource } from '../../ports.ts';
import { ACCEPTED_CONFIGMAP } from './accepted-template.ts';
import type { ReflectTiming } from './list-and-watch.ts';
import { corePath } from './paths.ts';
import { reflect, type WatchListener } from './reflector.ts';
import type { KubeTransport } from './transport.ts';

export interface ConfigMapSourceOptions {
  readonly namespace: string;
  readonly health: WatchListener;
  readonly timing?: Partial<ReflectTiming>;
}

const DOCUMENT_KEY = /\.(ya?ml|json)$/;

/**
 * The template in ConfigMaps of one namespace: `portcullis-template`, and every other that bears the label `portcullis.dev/template: "true"`. One
 * group each, the main one first, the others by name. Where there is no ConfigMap, an empty list is delivered. `watch` waits for the first list.
 */
export function configMapTemplateSource(transport: KubeTransport, options: ConfigMapSourceOptions): TemplateSource {
  const { namespace, health, timing = {} } = options;
  return {
    async watch(deliver) {
      let isQuiet = true; // until the first list is whole
      const tell = () => {
        isQuiet = false;
        deliver([...configMaps.store.values()].sort(mainFirst));
      };
      const changed = () => {
        if (isQuiet) return;
        isQuiet = true; // a list changes several at once: they are told together
        queueMicrotask(tell);
      };
      const path = corePath('configmaps', namespace);
      const configMaps = reflect({
        transport,
        path,
        keep: keepTemplate,
        onChange: changed,
        onError: health.failed,
        onHeard: health.heard,
        timing,
      });
      await configMaps.synced;
      tell();
      return configMaps.stop;
    },
  };
}

/** The documents of a ConfigMap of the template; undefined for any other ConfigMap. */
export function keepTemplate(raw: unknown): TemplateGroup | undefined {
  const { metadata, data, binaryData } = asRecord(raw);
  const { name: anyName, labels } = asRecord(metadata);
  const name = textOf(anyName);
  const isLabelled = textFields(labels)[TEMPLATE_LABEL] === 'true';
  if (name !== TEMPLATE_CONFIGMAP && (!isLabelled || name === ACCEPTED_CONFIGMAP)) return undefined;
  const texts = [...Object.entries(textFields(data)), ...Object.entries(textFields(binaryData)).map(decoded)];
  const documents = texts
    .filter(([key]) => DOCUMENT_KEY.test(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, text]) => ({ document: name === TEMPLATE_CONFIGMAP ? key : `${name}/${key}`, text }));
  return { name, documents };
}

/**
 * kubectl puts what is not UTF-8 under `binaryData`. Such a document is passed on with marks in the place of the bad bytes, so that it is
 * refused by name and not silently missing.
 */
function decoded([key, base64]: readonly [string, string]): [string, string] {
  return [key, Buffer.from(base64, 'base64').toString('utf8')];
}

function mainFirst(a: TemplateGroup, b: TemplateGroup): number {
  if (a.name === TEMPLATE_CONFIGMAP || b.name === TEMPLATE_CONFIGMAP) return a.name === TEMPLATE_CONFIGMAP ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
