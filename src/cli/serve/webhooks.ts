import { isGateReady } from '../../adapters/http/probe.ts';
import type { KubeTransport } from '../../adapters/kube/transport.ts';
import { setUpWebhooks, watchWebhooks } from '../../adapters/kube/webhook-configurations.ts';
import { webhookGaps } from '../../core/webhook-gaps.ts';
import type { Log, Stop } from '../../ports.ts';
import type { ServeOptions } from './options.ts';
import type { WatchHealth } from './watch-health.ts';

/** The name of both webhook configurations, as `deploy/` installs them. */
const CONFIGURATION = 'portcullis';

/** The entries that refuse when the gate cannot answer, in the enforce overlay and only once the gate is ready. Templates stay editable. */
const FAIL_CLOSED = ['validate.portcullis.dev', 'pods.validate.portcullis.dev', 'policies.validate.portcullis.dev'];

/** Changes of the configurations are watched; those of the certificates, and whether the gate is ready, are looked at so often. */
const CHECK_MS = 10_000;

export interface WebhookParts {
  readonly options: ServeOptions;
  readonly transport: KubeTransport;
  readonly log: Log;
  readonly health: (resource: string) => WatchHealth;
  /** The CA that the API server must trust now; empty: given certificates without a CA, so that the installer sets it. */
  caBundle(): Promise<string>;
  /** Where the gate answers: this process, or the Service. */
  gate(): { readonly host: string; readonly port: number };
}

/** Keeps `caBundle` of the webhook configurations right, and `failurePolicy` where it was asked for: at once after each change of them. */
export function keepWebhooks(parts: WebhookParts): Stop {
  const { transport, log } = parts;
  const check = repeated(async () => {
    await setUp(parts).catch((error: unknown) => log.warn('the webhook configurations could not be set up', { error: asError(error) }));
  });
  const health = {
    validating: parts.health('validatingwebhookconfigurations'),
    mutating: parts.health('mutatingwebhookconfigurations'),
  };
  const tellGaps = gapTeller(log);
  const stopWatching = watchWebhooks(transport, {
    name: CONFIGURATION,
    health: (kind) => health[kind],
    changed(kind, webhooks) {
      if (kind === 'validating' && webhooks !== undefined) tellGaps(webhooks);
      check.ask();
    },
  });
  check.ask();
  const timer = setInterval(check.ask, CHECK_MS);
  return async () => {
    clearInterval(timer);
    await stopWatching();
    health.validating.ended();
    health.mutating.ended();
    await check.ended();
  };
}

/** Warns of what a configuration leaves out, once for each change of that: rules and selectors are the installer's, and never written here. */
function gapTeller(log: Log): (webhooks: readonly unknown[]) => void {
  let told = '';
  return (webhooks) => {
    const gaps = webhookGaps(webhooks);
    if (gaps.join() === told) return;
    told = gaps.join();
    if (gaps.length > 0) log.warn('the webhook configuration leads past the gate: apply the shipped one again', { gaps });
    else log.info('the webhook configuration leaves nothing out again');
  };
}

/** Work that is done again where it was asked for meanwhile, and never twice at the same time. The work must not reject. */
function repeated(work: () => Promise<void>): { ask(): void; ended(): Promise<void> } {
  let asked = false;
  let turn: Promise<void> | undefined;
  const run = async () => {
    while (asked) {
      asked = false;
      await work();
    }
    turn = undefined;
  };
  return {
    ask() {
      asked = true;
      turn ??= run();
    },
    ended: async () => turn,
  };
}

async function setUp({ options, transport, log, caBundle, gate }: WebhookParts): Promise<void> {
  const ca = await caBundle();
  if (ca === '') return;
  const servername = `${options.service}.${options.namespace}.svc`;
  const closes = options.failClosed && (await isGateReady({ ...gate(), ca, servername }));
  const failurePolicy = Object.fromEntries(closes ? FAIL_CLOSED.map((name) => [name, 'Fail' as const]) : []);
  const results = [
    await setUpWebhooks(transport, { kind: 'validating', name: CONFIGURATION }, { caBundle: ca, failurePolicy }),
    await setUpWebhooks(transport, { kind: 'mutating', name: CONFIGURATION }, { caBundle: ca }),
  ];
  if (results.includes('patched')) log.info('webhook configurations set up', { failClosed: closes });
  if (results.includes('missing'))
    log.warn('a webhook configuration is missing: nothing is gated until it is installed', { name: CONFIGURATION });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
