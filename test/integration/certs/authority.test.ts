import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeLeaf } from '../../../src/adapters/certs/authority.ts';
import { isSignedBy, keyFits, nameProblem, nameSentences, readCertificate, timeProblem } from '../../../src/adapters/certs/check.ts';
import { inspectCertificates } from '../../../src/adapters/certs/inspect.ts';
import { certificateMaker } from '../../../src/adapters/certs/maker.ts';
import { servedNames } from '../../../src/adapters/certs/names.ts';
import { issueCertificate, subjectAltName } from '../../../src/adapters/certs/x509.ts';
import { ensureCertificates } from '../../../src/app/certificates.ts';
import type { PemPair } from '../../../src/ports.ts';
import { memoryCertificateStore } from '../../support/certificates.ts';
import { rememberingLog, rememberingMetrics, settableClock } from '../../support/silence.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const NAMES = servedNames('gate', 'shop', { loopback: true });

let authority: PemPair;
let leaf: PemPair;
beforeAll(async () => {
  authority = await makeAuthority(NOW);
  leaf = await makeLeaf(authority, NAMES, NOW);
});

const parsed = (pem: PemPair) => new X509Certificate(pem.certificate);

describe('a CA', () => {
  it('signs itself, is marked as a CA, and lives ten years from five minutes ago', () => {
    const ca = parsed(authority);
    expect([ca.ca, isSignedBy(ca, ca), ca.checkPrivateKey(createPrivateKey(authority.key))]).toEqual([true, true, true]);
    expect([new Date(ca.validFrom), new Date(ca.validTo)]).toEqual([
      new Date('2026-06-01T11:55:00Z'),
      new Date(NOW.getTime() + 3650 * 86_400_000),
    ]);
  });

  it('has another name and serial number than any other', async () => {
    const other = parsed(await makeAuthority(NOW));
    expect(other.subject).not.toBe(parsed(authority).subject);
    expect(other.serialNumber).not.toBe(parsed(authority).serialNumber);
    expect(parsed(authority).serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  });
});

describe('a server certificate', () => {
  it('is signed by its CA and by no other, and is no CA itself', async () => {
    const other = parsed(await makeAuthority(NOW));
    const server = parsed(leaf);
    expect([isSignedBy(server, parsed(authority)), isSignedBy(server, other), server.ca]).toEqual([true, false, false]);
  });

  it('bears the names that are called, in the subjectAltName', () => {
    expect(parsed(leaf).subjectAltName).toBe(
      'DNS:gate.shop.svc, DNS:gate.shop.svc.cluster.local, DNS:gate.shop, DNS:gate, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(nameSentences(parsed(leaf), NAMES)).toEqual([]);
  });

  it('lives 90 days, but never longer than its CA', async () => {
    expect(new Date(parsed(leaf).validTo)).toEqual(new Date(NOW.getTime() + 90 * 86_400_000));
    const end = new Date(parsed(authority).validTo);
    const late = await makeLeaf(authority, NAMES, new Date(end.getTime() - 86_400_000));
    expect(new Date(parsed(late).validTo)).toEqual(end);
  });

  it('serves a TLS client that trusts its CA only and checks the name', async () => {
    const now = await ensureCertificates(
      {
        store: memoryCertificateStore(),
        maker: certificateMaker,
        clock: { now: () => new Date() },
        log: rememberingLog(),
        metrics: rememberingMetrics(),
      },
      NAMES,
    );
    const server = createServer({ cert: now.cert, key: now.key }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const call = (servername: string) =>
      new Promise((resolve) => {
        const socket = connect({ port, host: '127.0.0.1', servername, ca: now.caBundle }, () => {
          resolve(socket.authorized);
          socket.destroy();
        }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      });
    expect([await call('gate.shop.svc'), await call('gate.other.svc')]).toEqual([true, 'ERR_TLS_CERT_ALTNAME_INVALID']);
    server.close();
  });

  it('cannot be made with a CA whose key is spoiled', async () => {
    await expect(makeLeaf({ ...authority, key: 'spoiled' }, NAMES, NOW)).rejects.toThrow();
  });
});

describe('the names of a certificate (case 26)', () => {
  const CASE = new URL('../../fixtures/cases/26-certificate-names/', import.meta.url);
  const { service, namespace, certificates } = JSON.parse(readFileSync(new URL('input.json', CASE), 'utf8'));
  const expected = JSON.parse(readFileSync(new URL('expected.json', CASE), 'utf8'));
  const called = `${service}.${namespace}.svc`;
  const certificateOf = async ({ commonName, dnsNames }: { commonName: string; dnsNames: readonly string[] }) => {
    const names = { dns: dnsNames, addresses: [] };
    const extensions = dnsNames.length === 0 ? [] : [subjectAltName(names)];
    return parsed(await issueCertificate({ commonName: commonName || 'none', now: NOW, days: 1, issuer: authority, extensions }));
  };

  it.each<{ id: string; commonName: string; dnsNames: string[] }>(certificates)('$id', async ({ id, ...certificate }) => {
    const problem = nameProblem(await certificateOf(certificate), called);
    expect(problem === undefined ? 'good' : `bad: ${problem.kind}`).toBe(expected.certificates[id]);
  });

  const stars: Record<string, [name: string, serves: boolean]> = {
    'a star for the whole name of the service': ['*.platform-sec.svc', true],
    'a star for a part of it, as Go does not read it': ['port-*.platform-sec.svc', false],
    'a star for the namespace': ['port-webhook.*.svc', false],
    'a dot at the end': ['port-webhook.platform-sec.svc.', false],
    'capital letters': ['Port-Webhook.platform-sec.SVC', true],
  };
  it.each(Object.entries(stars))('%s', async (_, [name, serves]) => {
    expect(nameProblem(await certificateOf({ commonName: 'any', dnsNames: [name] }), called) === undefined).toBe(serves);
  });

  it('one that we make has the real namespace', async () => {
    const made = parsed(await makeLeaf(authority, servedNames(service, namespace), NOW));
    for (const name of expected.made.dnsNamesMustInclude) expect(nameProblem(made, name)).toBeUndefined();
  });

  it('what is wrong is said in a sentence', async () => {
    const sentences = await Promise.all(
      certificates.map(async (certificate: { commonName: string; dnsNames: string[] }) =>
        nameSentences(await certificateOf(certificate), { dns: [called], addresses: [] }),
      ),
    );
    expect(sentences).toEqual([
      ['the certificate is for the namespace portwatch-system, but the API server calls port-webhook.platform-sec.svc'],
      ['the certificate has no subjectAltName; a common name does not count'],
      ['the certificate does not include port-webhook.platform-sec.svc; it has port-webhook, port-webhook.platform-sec'],
      [],
    ]);
  });
});

describe('stored texts are inspected', () => {
  const ours = () => ({ 'ca.crt': authority.certificate, 'ca.key': authority.key, 'tls.crt': leaf.certificate, 'tls.key': leaf.key });

  it('as good', () => {
    expect(inspectCertificates(ours(), NAMES)).toMatchObject({ owner: 'portcullis', leaf: { signedBy: 'authority' }, problems: [] });
  });

  it.each<[string, (files: ReturnType<typeof ours>) => Record<string, string>, string, readonly string[]]>([
    ['nothing', () => ({}), 'nobody', []],
    ['no key of the CA: somebody took care of it', ({ 'ca.key': _, ...files }) => files, 'somebody', []],
    ['a spoiled CA', (files) => ({ ...files, 'ca.crt': 'spoiled' }), 'portcullis', ['ca.crt cannot be read']],
    ['a spoiled key of the CA', (files) => ({ ...files, 'ca.key': 'spoiled' }), 'portcullis', ['ca.key does not fit to ca.crt']],
    ['the key of another', (files) => ({ ...files, 'tls.key': authority.key }), 'portcullis', ['tls.key does not fit to tls.crt']],
    ['a leaf in place of the CA', (files) => ({ ...files, 'ca.crt': leaf.certificate }), 'portcullis', ['ca.crt is not marked as a CA']],
    ['a cut certificate', (files) => ({ ...files, 'tls.crt': leaf.certificate.slice(0, 300) }), 'portcullis', ['tls.crt cannot be read']],
  ])('with %s', (_, change, owner, problems) => {
    const inspection = inspectCertificates(change(ours()), NAMES);
    expect([inspection.owner, inspection.problems]).toEqual([owner, problems]);
  });

  it('as given by somebody where the CA is not ours, whatever else is there', async () => {
    const foreign = readFileSync(new URL('./foreign-ca.pem', import.meta.url), 'utf8');
    expect(inspectCertificates({ ...ours(), 'ca.crt': foreign }, NAMES).owner).toBe('somebody');
  });

  it('for the names that are wanted now', () => {
    const { leaf: usable, problems } = inspectCertificates(ours(), servedNames('gate', 'market'));
    expect([usable, problems[0]]).toEqual([
      undefined,
      'the certificate is for the namespace shop, but the API server calls gate.market.svc',
    ]);
  });
});

describe('real certificates over the years', () => {
  it('are renewed at two thirds, and a CA that changes stays in the bundle until the new one is known', async () => {
    const clock = settableClock(NOW.toISOString());
    const deps = { store: memoryCertificateStore(), maker: certificateMaker, clock, log: rememberingLog(), metrics: rememberingMetrics() };
    const first = await ensureCertificates(deps, NAMES);
    clock.set(new Date(NOW.getTime() + 3650 * 0.67 * 86_400_000));
    const changing = await ensureCertificates(deps, NAMES);
    expect(changing.caBundle.match(/BEGIN CERTIFICATE/g)?.length).toBe(2);
    expect(changing.caBundle).toContain(first.caBundle);
    expect(deps.store.writes.at(-1)?.['previous-ca.crt']).toBe(first.caBundle);
  });
});

describe('small checks', () => {
  it('the time of a certificate', () => {
    const lifetime = { notBefore: new Date('2026-01-01'), notAfter: new Date('2026-02-01') };
    expect(['2025-12-31', '2026-01-15', '2026-02-02'].map((day) => timeProblem(lifetime, new Date(day)))).toEqual([
      'the certificate is not valid before 2026-01-01T00:00:00.000Z',
      undefined,
      'the certificate expired at 2026-02-01T00:00:00.000Z',
    ]);
  });

  it('what is no certificate, and no key', () => {
    expect([readCertificate(undefined), readCertificate(''), readCertificate('x'), keyFits(parsed(leaf), undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
      false,
    ]);
  });
});
