import { AGENT_SERVER_NAME, CONTROLLER_NAME } from '../core/agent-names.ts';
import type { CertificateFiles, CertificateMaker, CertificateStore, Clock, Log, PemPair, ServedNames } from '../ports.ts';
import { planCertificates } from './certificate-plan.ts';
import { caBundle } from './certificates.ts';

/** What the use case needs. */
export interface AgentCredentialDeps {
  /** Portcullis' own certificates, with the key of the CA. Only read. */
  readonly own: Pick<CertificateStore, 'read'>;
  /** Those of the agents. */
  readonly agents: CertificateStore;
  readonly maker: CertificateMaker;
  readonly clock: Clock;
  readonly log: Log;
}

/** By which the controller proves itself to the agents, and knows them. PEM texts. */
export interface AgentCredentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export type AgentCredentialState =
  | { readonly known: true; readonly credentials: AgentCredentials }
  | { readonly known: false; readonly reason: string };

const AGENT_NAMES: ServedNames = { dns: [AGENT_SERVER_NAME], addresses: [] };
const NO_NAMES: ServedNames = { dns: [], addresses: [] };

const BY_HAND =
  'the CA is not of Portcullis: give the agents tls.crt, tls.key (server, portcullis-agent) and ca.crt in their Secret, and the controller client.crt and client.key (portcullis-controller) beside its own certificates';

/**
 * Keeps the certificates of agents and controller. `ensure` may be called at any time; where the CA is ours it brings the agents' server certificate
 * into order (made and renewed as that of the gate is; ca.crt follows the CA; the CA's key never goes there) and makes a client certificate that
 * is kept nowhere. Given certificates are used as they are. Rejects where a store cannot be read or written.
 */
export function agentCredentials(deps: AgentCredentialDeps): { ensure(): Promise<AgentCredentialState> } {
  let client: PemPair | undefined;
  return {
    ensure: async () => {
      const own = (await deps.own.read())?.files ?? {};
      if (!own['ca.crt'] && !own['tls.crt']) return { known: false, reason: 'there is no CA yet' };
      const { owner, authority } = deps.maker.inspect(own, NO_NAMES);
      if (!own['ca.key'] || owner === 'somebody') return given(own, (await deps.agents.read())?.files ?? {});
      if (authority === undefined) return { known: false, reason: 'the CA cannot be used' };
      const agentCa = await ensureAgents(deps, own);
      client = await renewed(deps, {
        own,
        names: NO_NAMES,
        pair: client,
        make: (ca, now) => deps.maker.makeClient(ca, CONTROLLER_NAME, now),
      });
      return { known: true, credentials: { ca: agentCa, cert: client.certificate, key: client.key } };
    },
  };
}

/** What somebody gave, where the key of the CA is somewhere else. */
function given(own: CertificateFiles, agents: CertificateFiles): AgentCredentialState {
  const { 'client.crt': cert, 'client.key': key } = own;
  const ca = agents['ca.crt'] || own['ca.crt'];
  return cert && key && ca ? { known: true, credentials: { ca, cert, key } } : { known: false, reason: BY_HAND };
}

/** Several controllers may write at once: the loser reads what the winner wrote. */
const ATTEMPTS = 3;

/** The CAs by which agents are known, once their certificates are in order. */
async function ensureAgents(deps: AgentCredentialDeps, own: CertificateFiles): Promise<string> {
  const bundle = caBundle(own, deps.maker.inspect(own, NO_NAMES));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const stored = await deps.agents.read();
    const { 'tls.crt': certificate = '', 'tls.key': key = '', 'ca.crt': ca = '' } = stored?.files ?? {};
    const pair = certificate === '' && key === '' ? undefined : { certificate, key };
    if (pair !== undefined && inspectPair(deps, { own, names: AGENT_NAMES, pair }).owner === 'somebody') return `${bundle}${ca}`;
    const next = await renewed(deps, {
      own,
      names: AGENT_NAMES,
      pair,
      make: (authority, now) => deps.maker.makeLeaf(authority, AGENT_NAMES, now),
    });
    if (next === pair && ca === bundle) return bundle;
    const files = { 'ca.crt': bundle, 'tls.crt': next.certificate, 'tls.key': next.key };
    if ((await deps.agents.write(files, stored?.version)) === 'written') {
      deps.log.info('the certificates of the agents were renewed', { certificate: next !== pair, authorities: ca !== bundle });
      return bundle;
    }
  }
  throw new Error(`the certificates of the agents changed ${ATTEMPTS} times while they were renewed`);
}

interface Renewing {
  readonly own: CertificateFiles;
  readonly names: ServedNames;
  readonly pair: PemPair | undefined;
}

/** The pair itself, or a new one where the rules of the gate's certificate ask for it (certificate-plan.ts). */
async function renewed(
  { maker, clock }: AgentCredentialDeps,
  { make, ...renewing }: Renewing & { make(authority: PemPair, now: Date): Promise<PemPair> },
): Promise<PemPair> {
  const { own, pair } = renewing;
  const plan = planCertificates(inspectPair({ maker }, renewing), clock.now());
  // A new CA is made by who keeps the gate's certificates.
  if (pair !== undefined && plan.step !== 'renew leaf') return pair;
  return make({ certificate: own['ca.crt'] ?? '', key: own['ca.key'] ?? '' }, clock.now());
}

function inspectPair({ maker }: Pick<AgentCredentialDeps, 'maker'>, { own, names, pair }: Renewing) {
  const { 'tls.crt': _, 'tls.key': __, ...authorities } = own;
  return maker.inspect({ ...authorities, ...(pair === undefined ? {} : { 'tls.crt': pair.certificate, 'tls.key': pair.key }) }, names);
}
