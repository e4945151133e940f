import { AGENT_SERVER_NAME } from '../core/agent-names.ts';
import type { CertificateFiles, CertificateMaker, CertificateStore, Clock, Log, Stop } from '../ports.ts';

/** What an agent shows, and whom it trusts. PEM texts. */
export interface AgentCertificates {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface AgentCertificateParts {
  readonly store: Pick<CertificateStore, 'read'>;
  readonly maker: Pick<CertificateMaker, 'inspect'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs: number;
  /** Serves with them from now on. Where it rejects, it is called again at the next turn. */
  take(certificates: AgentCertificates): Promise<void>;
}

export interface WatchedAgentCertificates {
  /** Why the agent is not ready, a sentence each. */
  problems(): readonly string[];
  readonly stop: Stop;
}

const NONE_YET = 'there are no certificates yet: the controller makes them';

/** Reads the certificates of an agent again and again, from before they are there: what changed and can be used is taken. */
export function watchAgentCertificates(parts: AgentCertificateParts): WatchedAgentCertificates {
  let problems: readonly string[] = [NONE_YET];
  let served = '';
  const check = async (): Promise<readonly string[]> => {
    const files = (await parts.store.read())?.files ?? {};
    const usable = readAgentCertificates(files, parts);
    if ('problems' in usable) return usable.problems;
    const text = JSON.stringify(usable.certificates);
    if (text !== served) {
      await parts.take(usable.certificates);
      parts.log.info(served === '' ? 'the agent has certificates' : 'the certificates were replaced');
      served = text;
    }
    return usable.expired;
  };
  const turn = async () => {
    const now = await check().catch((error: unknown) => [`the certificates cannot be used: ${sentence(error)}`]);
    if (now.join() !== problems.join() && now.length > 0) parts.log.warn('the certificates need attention', { problems: now });
    problems = now;
  };
  let running: Promise<void> | undefined;
  const begin = () => {
    running ??= turn().finally(() => {
      running = undefined;
    });
  };
  begin();
  const timer = setInterval(begin, parts.everyMs);
  return {
    problems: () => problems,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

type Usable = { readonly problems: readonly string[] } | { readonly certificates: AgentCertificates; readonly expired: readonly string[] };

function readAgentCertificates(files: CertificateFiles, { maker, clock }: AgentCertificateParts): Usable {
  const { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca } = files;
  if (!cert && !key && !ca) return { problems: [NONE_YET] };
  const missing = ['tls.crt', 'tls.key', 'ca.crt'].filter((name) => !files[name]);
  if (!cert || !key || !ca) return { problems: missing.map((name) => `${name} is missing`) };
  const { leaf, problems } = maker.inspect(files, { dns: [AGENT_SERVER_NAME], addresses: [] });
  if (problems.length > 0) return { problems };
  const expired = leaf !== undefined && clock.now() >= leaf.notAfter ? [`tls.crt expired at ${leaf.notAfter.toISOString()}`] : [];
  return { certificates: { cert, key, ca }, expired };
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
