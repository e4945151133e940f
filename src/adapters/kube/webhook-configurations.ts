import { asList, asRecord, textOf } from '../../core/unknown.ts';
import type { Stop } from '../../ports.ts';
import { FIELD_MANAGER } from './field-manager.ts';
import { hasStatus } from './kube-error.ts';
import type { ObjectChange } from './object-cache.ts';
import { webhookPath } from './paths.ts';
import { reflect, type WatchListener } from './reflector.ts';
import type { KubeTransport } from './transport.ts';

/** One of the two webhook configurations. */
export interface WebhookConfiguration {
  readonly kind: (typeof WEBHOOK_KINDS)[number];
  readonly name: string;
}

/** The two kinds of them. */
const WEBHOOK_KINDS = ['validating', 'mutating'] as const;

/** What the program sets in a configuration that somebody installed; everything else in it is the installer's. */
export interface WebhookSettings {
  /** PEM of one or more CAs, for every entry. */
  readonly caBundle: string;
  /** By name of the entry; entries that are not named keep theirs. */
  readonly failurePolicy?: Readonly<Record<string, 'Fail' | 'Ignore'>>;
}

/** The configuration may change between reading and writing; so often it is tried. */
const ATTEMPTS = 3;

/**
 * Brings the entries to these settings, by a strategic merge patch that names each entry, so that nothing else is touched. `missing`: there
 * is no such configuration; it is never made here. Safe to call again and again.
 */
export async function setUpWebhooks(
  transport: KubeTransport,
  { kind, name }: WebhookConfiguration,
  settings: WebhookSettings,
): Promise<'patched' | 'unchanged' | 'missing'> {
  const path = webhookPath(kind, name);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const webhooks = asList(asRecord(await transport.request({ method: 'GET', path })).webhooks);
      const patches = webhooks.flatMap((webhook) => entryPatch(asRecord(webhook), settings));
      if (patches.length === 0) return 'unchanged';
      const body = { webhooks: patches };
      const query = { fieldManager: FIELD_MANAGER };
      await transport.request({ method: 'PATCH', path, query, contentType: 'application/strategic-merge-patch+json', body });
      return 'patched';
    } catch (error) {
      if (hasStatus(error, 404)) return 'missing';
      // 422: an entry went away meanwhile, and the patch would have made half of one. 409: changed meanwhile.
      if (!(hasStatus(error, 422) || hasStatus(error, 409)) || attempt === ATTEMPTS) throw error;
    }
  }
}

export interface WebhookWatch {
  /** The name of both configurations. */
  readonly name: string;
  /** One was made, changed (also by us) or deleted, or is there at the start. The entries as they are now; undefined: it is gone. */
  changed(kind: WebhookConfiguration['kind'], webhooks: readonly unknown[] | undefined): void;
  /** Asked once for each kind, as its watch begins. */
  health(kind: WebhookConfiguration['kind']): WatchListener;
}

/** Watches the two configurations of this name, and no other. */
export function watchWebhooks(transport: KubeTransport, { name, changed, health }: WebhookWatch): Stop {
  const query = { fieldSelector: `metadata.name=${name}` };
  const watches = WEBHOOK_KINDS.map((kind) => {
    const { heard, failed } = health(kind);
    const onChange = ({ type, object }: ObjectChange<Readonly<Record<string, unknown>>>) =>
      changed(kind, type === 'removed' ? undefined : asList(object.webhooks));
    return reflect({ transport, path: webhookPath(kind), query, keep: asRecord, onChange, onError: failed, onHeard: heard });
  });
  return async () => {
    await Promise.all(watches.map((watch) => watch.stop()));
  };
}

function entryPatch(webhook: Readonly<Record<string, unknown>>, settings: WebhookSettings): Readonly<Record<string, unknown>>[] {
  const name = textOf(webhook.name);
  const caBundle = Buffer.from(settings.caBundle, 'utf8').toString('base64');
  const failurePolicy = ownValue(settings.failurePolicy ?? {}, name);
  const isTrusted = asRecord(webhook.clientConfig).caBundle === caBundle;
  if (isTrusted && (failurePolicy === undefined || webhook.failurePolicy === failurePolicy)) return [];
  return [{ name, clientConfig: { caBundle }, ...(failurePolicy === undefined ? {} : { failurePolicy }) }];
}

function ownValue<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
