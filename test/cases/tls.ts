import { X509Certificate } from 'node:crypto';
import { nameProblem } from '../../src/adapters/certs/check.ts';
import { certificateMaker } from '../../src/adapters/certs/maker.ts';
import { servedNames } from '../../src/adapters/certs/names.ts';
import { issueCertificate, subjectAltName } from '../../src/adapters/certs/x509.ts';
import { ensureCertificates } from '../../src/app/certificates.ts';
import { asList, asRecord, textOf } from '../../src/core/unknown.ts';
import type { CertificateStore, StoredCertificates } from '../../src/ports.ts';
import { rememberingLog, rememberingMetrics } from '../support/silence.ts';
import { type CaseFolder, differs, type Problems, texts } from './case-folder.ts';

/** Certificates of the webhook: given ones are judged by their names, and one is made. */
export async function runTls(folder: CaseFolder): Promise<Problems> {
  const { expected } = folder;
  const input = asRecord(folder.json('input.json'));
  const [service, namespace] = [textOf(input.service), textOf(input.namespace)];
  const given = new Map(asList(input.certificates).map((one) => [textOf(asRecord(one).id), asRecord(one)]));
  const problems: string[] = [];
  for (const [id, wanted] of Object.entries(asRecord(expected.certificates))) {
    const certificate = new X509Certificate(await certificateOf(given.get(id) ?? {}));
    const problem = nameProblem(certificate, `${service}.${namespace}.svc`);
    problems.push(...differs(`certificate ${id}`, problem === undefined ? 'good' : `bad: ${problem.kind}`, wanted));
  }
  const mustInclude = texts(asRecord(expected.made).dnsNamesMustInclude);
  if (mustInclude.length === 0) return problems;
  const made = new X509Certificate(await makeCertificate(service, namespace));
  return [...problems, ...mustInclude.filter((name) => nameProblem(made, name) !== undefined).map((name) => `the one made lacks ${name}`)];
}

/** A certificate as the case describes it. */
async function certificateOf(description: Readonly<Record<string, unknown>>): Promise<string> {
  const dns = texts(description.dnsNames);
  const commonName = textOf(description.commonName) || 'somebody';
  const extensions = dns.length === 0 ? [] : [subjectAltName({ dns, addresses: [] })];
  return (await issueCertificate({ commonName, now: new Date(), days: 1, extensions })).certificate;
}

async function makeCertificate(service: string, namespace: string): Promise<string> {
  const deps = { store: memoryStore(), maker: certificateMaker, clock: { now: () => new Date() } };
  const certificates = await ensureCertificates(
    { ...deps, log: rememberingLog(), metrics: rememberingMetrics() },
    servedNames(service, namespace),
  );
  return certificates.cert;
}

function memoryStore(): CertificateStore {
  let stored: StoredCertificates | undefined;
  return {
    read: async () => stored,
    write: async (files, expected) => {
      if (stored?.version !== expected) return 'conflict';
      stored = { files, version: String(Number(expected ?? 0) + 1) };
      return 'written';
    },
  };
}
