import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { asRecord, isRecord, textOf } from '../../core/unknown.ts';
import type { AcceptedStore, TemplateGroup } from '../../ports.ts';
import { hasStatus } from './kube-error.ts';
import { ownConfigMap } from './own-configmap.ts';
import { corePath } from './paths.ts';
import { UNHEARD, type WatchListener } from './reflector.ts';
import type { KubeTransport } from './transport.ts';

/** The ConfigMap of the last good template. */
export const ACCEPTED_CONFIGMAP = 'portcullis-template-accepted';

const KEY = 'groups.json';
const PACKED_KEY = 'groups.json.gz';

/** A ConfigMap holds 1 MiB; the template comes from any number of them. What is longer than this is packed (YAML shrinks to a tenth). */
const LONGEST_PLAIN = 700_000;
/** Nobody can make a gate unpack more than this. */
const LONGEST_UNPACKED = 64 * 1024 * 1024;

/** The last good documents in a ConfigMap of this namespace, as JSON that a person can read while it is short enough. */
export function configMapAcceptedStore(transport: KubeTransport, namespace: string, health: WatchListener = UNHEARD): AcceptedStore {
  const configMap = ownConfigMap(transport, { namespace, name: ACCEPTED_CONFIGMAP }, health);
  const path = corePath('configmaps', namespace, ACCEPTED_CONFIGMAP);
  return {
    async read() {
      try {
        const { data, binaryData } = asRecord(await transport.request({ method: 'GET', path }));
        const packed = textOf(asRecord(binaryData)[PACKED_KEY]);
        return readGroups(packed === '' ? textOf(asRecord(data)[KEY]) : await unpack(packed));
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async write(groups) {
      const text = JSON.stringify(groups, null, 1);
      await configMap.write(text.length > LONGEST_PLAIN ? { binaryData: { [PACKED_KEY]: await pack(text) } } : { data: { [KEY]: text } });
    },
    watch: configMap.watch,
  };
}

async function pack(text: string): Promise<string> {
  return (await promisify(gzip)(text)).toString('base64');
}

async function unpack(base64: string): Promise<string> {
  try {
    const unpacked = await promisify(gunzip)(Buffer.from(base64, 'base64'), { maxOutputLength: LONGEST_UNPACKED });
    return unpacked.toString('utf8');
  } catch {
    return ''; // not ours, or damaged: read as nothing
  }
}

/** Undefined unless every part has the shape that was written. */
function readGroups(text: string): readonly TemplateGroup[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return Array.isArray(value) && value.every(isGroup) ? value : undefined;
}

function isGroup(value: unknown): value is TemplateGroup {
  if (!isRecord(value) || typeof value.name !== 'string' || !Array.isArray(value.documents)) return false;
  return value.documents.every(
    (document) => isRecord(document) && typeof document.document === 'string' && typeof document.text === 'string',
  );
}
