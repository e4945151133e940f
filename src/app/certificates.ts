import type {
  CertificateFiles,
  CertificateInspection,
  CertificateMaker,
  CertificateStore,
  Clock,
  Log,
  Metrics,
  ServedNames,
} from '../ports.ts';
import { planCertificates } from './certificate-plan.ts';

/** What the use case needs. */
export interface CertificateDeps {
  readonly store: CertificateStore;
  readonly maker: CertificateMaker;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What the server presents, and what its callers must trust. PEM texts. */
export interface ServingCertificates {
  readonly cert: string;
  readonly key: string;
  /** For `caBundle` of the webhook configurations: the CA, and the previous one while it is still in use. Empty where no CA was given. */
  readonly caBundle: string;
  /** What is wrong with given certificates, which are never changed: a sentence each. Empty: ready. */
  readonly problems: readonly string[];
}

/** Replicas race for each renewal; the loser reads what the winner wrote. */
const ATTEMPTS = 5;
/** A plan of more steps than these would go in circles. */
const STEPS = 4;

/**
 * The certificates of the store, made or renewed where they need it: at two thirds of their time, when a name is missing, or when they cannot
 * be read. Safe to call at any time and from several replicas at once. Given certificates (not made by us) are never overwritten.
 * Rejects where the store cannot be read or written, or where given files hold no certificate and key at all.
 */
export async function ensureCertificates(deps: CertificateDeps, names: ServedNames): Promise<ServingCertificates> {
  return serving(deps, names, await ensureFiles(deps, names));
}

/**
 * The same for a program that runs on: it remembers what it served. Where that is lost from the store, or spoiled, there is a new CA beside the one
 * that callers trust, and the server certificate stays until they had time to learn the new one: deleting a Secret by hand fails no call.
 */
export function rememberCertificates(deps: CertificateDeps, names: ServedNames): () => Promise<ServingCertificates> {
  let known: CertificateFiles | undefined;
  return async () => {
    const files = await ensureFiles(deps, names, known);
    const served = serving(deps, names, files);
    known = files;
    return served;
  };
}

async function ensureFiles(deps: CertificateDeps, names: ServedNames, known?: CertificateFiles): Promise<CertificateFiles> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const stored = await deps.store.read();
    const recovery = await recover(deps, { names, stored: stored?.files ?? {}, known });
    const { files, reasons } = await renew(deps, names, recovery);
    if (reasons.length === 0) return files;
    if ((await deps.store.write(files, stored?.version)) === 'written') {
      deps.log.info('certificates renewed', { reasons });
      return files;
    }
  }
  throw new Error(`the stored certificates changed ${ATTEMPTS} times while they were renewed`);
}

interface Renewal {
  readonly files: CertificateFiles;
  /** Why something was changed; empty where nothing was. */
  readonly reasons: readonly string[];
}

interface Loss {
  readonly names: ServedNames;
  readonly stored: CertificateFiles;
  readonly known: CertificateFiles | undefined;
}

/** In the place of what was lost comes what is known. Whoever deletes it wants a new CA: there is one, unless the last change of the CA is still under way. */
async function recover(deps: CertificateDeps, { names, stored, known }: Loss): Promise<Renewal> {
  const { owner, authority, problems } = deps.maker.inspect(stored, names);
  const isLost = owner === 'nobody' || (owner === 'portcullis' && authority === undefined);
  if (known === undefined || !isLost) return { files: stored, reasons: [] };
  const inspection = deps.maker.inspect(known, names);
  if (inspection.owner !== 'portcullis') return { files: stored, reasons: [] };
  const reasons = [`put back: ${problems.join('; ') || 'the stored ones are gone'}`];
  if (inspection.leaf?.signedBy !== 'authority') return { files: known, reasons };
  return { files: await take('renew authority', deps, { names, files: known, inspection }), reasons };
}

/** All steps that the plan asks for, in memory: one write brings them all or none. */
async function renew(deps: CertificateDeps, names: ServedNames, recovery: Renewal): Promise<Renewal> {
  const reasons = [...recovery.reasons];
  let { files } = recovery;
  for (let step = 0; step < STEPS; step += 1) {
    const inspection = deps.maker.inspect(files, names);
    const plan = planCertificates(inspection, deps.clock.now());
    if (plan.step === 'keep') return { files, reasons };
    if (step === 0 && inspection.problems.length > 0)
      deps.log.warn('stored certificates cannot be used', { problems: inspection.problems });
    reasons.push(`${plan.step}: ${plan.reason}`);
    files = await take(plan.step, deps, { names, files, inspection });
  }
  throw new Error(`the certificates cannot be brought into order: ${reasons.join('; ')}`);
}

interface Taking {
  readonly names: ServedNames;
  readonly files: CertificateFiles;
  readonly inspection: CertificateInspection;
}

async function take(
  step: 'renew authority' | 'renew leaf' | 'drop previous',
  { maker, clock }: CertificateDeps,
  { names, files, inspection }: Taking,
): Promise<CertificateFiles> {
  const { 'previous-ca.crt': _, ...withoutPrevious } = files;
  switch (step) {
    case 'drop previous':
      return withoutPrevious;
    case 'renew leaf': {
      const authority = { certificate: files['ca.crt'] ?? '', key: files['ca.key'] ?? '' };
      const leaf = await maker.makeLeaf(authority, names, clock.now());
      return { ...files, 'tls.crt': leaf.certificate, 'tls.key': leaf.key };
    }
    case 'renew authority': {
      const authority = await maker.makeAuthority(clock.now());
      const previous = inspection.leaf?.signedBy === 'authority' ? { 'previous-ca.crt': files['ca.crt'] ?? '' } : {};
      return { ...withoutPrevious, ...previous, 'ca.crt': authority.certificate, 'ca.key': authority.key };
    }
  }
}

function serving({ maker, clock, metrics }: CertificateDeps, names: ServedNames, files: CertificateFiles): ServingCertificates {
  const { 'tls.crt': cert, 'tls.key': key } = files;
  if (!cert || !key) throw new Error('the given certificates have no tls.crt and tls.key');
  const inspection = maker.inspect(files, names);
  const { authority, leaf } = inspection;
  if (authority) metrics.record({ event: 'certificate', certificate: 'authority', notAfter: authority.notAfter });
  if (leaf) metrics.record({ event: 'certificate', certificate: 'leaf', notAfter: leaf.notAfter });
  const expired = leaf !== undefined && clock.now() >= leaf.notAfter ? [`tls.crt expired at ${leaf.notAfter.toISOString()}`] : [];
  const problems = [...inspection.problems, ...expired];
  return { cert, key, caBundle: caBundle(files, inspection), problems };
}

/** Every CA that may have signed something: the one now, and the previous one. Only what can be read: the API server refuses a caBundle with anything else in it. */
export function caBundle(files: CertificateFiles, { authority, previous }: CertificateInspection): string {
  const parts = [authority && files['ca.crt'], previous && files['previous-ca.crt']];
  return parts.flatMap((part) => (part ? [`${part.trimEnd()}\n`] : [])).join('');
}
