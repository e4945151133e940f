import { MANAGED_BY, MANAGED_BY_LABEL } from '../../core/names.ts';
import { asRecord, isRecord, textOf } from '../../core/unknown.ts';
import type { CertificateFiles, CertificateStore } from '../../ports.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { hasStatus } from './kube-error.ts';
import { corePath } from './paths.ts';
import type { KubeTransport } from './transport.ts';

/** Where a Secret is. */
export interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Certificates as the keys of one Secret, shared by all replicas. The version is the resourceVersion: of several that write at the same time one
 * wins, also where the Secret is not there yet, and the others get `conflict`. Type, labels and annotations of an existing Secret stay.
 */
export function secretCertificateStore(transport: KubeTransport, { namespace, name }: SecretPlace): CertificateStore {
  const path = corePath('secrets', namespace, name);
  const read = async (): Promise<Readonly<Record<string, unknown>> | undefined> => {
    try {
      return asRecord(await transport.request({ method: 'GET', path }));
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  };
  return {
    async read() {
      const secret = await read();
      return secret === undefined ? undefined : { files: decode(secret.data), version: versionOf(secret) };
    },
    async write(files, expected) {
      const there = await read();
      if ((there === undefined ? undefined : versionOf(there)) !== expected) return 'conflict';
      const query = { fieldManager: FIELD_MANAGER };
      const body = { ...(there ?? emptySecret(namespace, name)), data: encode(files) };
      try {
        if (there === undefined) await transport.request({ method: 'POST', path: corePath('secrets', namespace), query, body });
        else await transport.request({ method: 'PUT', path, query, body });
        return 'written';
      } catch (error) {
        // 409: somebody was faster (AlreadyExists or Conflict). 404 at a PUT: it was deleted meanwhile.
        if (hasStatus(error, 409) || (there !== undefined && hasStatus(error, 404))) return 'conflict';
        throw error;
      }
    },
  };
}

function emptySecret(namespace: string, name: string): Readonly<Record<string, unknown>> {
  return { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { namespace, name, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } } };
}

function versionOf(secret: Readonly<Record<string, unknown>>): string {
  return textOf(asRecord(secret.metadata).resourceVersion);
}

function decode(data: unknown): CertificateFiles {
  if (!isRecord(data)) return {};
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(textOf(value), 'base64').toString('utf8')]));
}

function encode(files: CertificateFiles): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]));
}
