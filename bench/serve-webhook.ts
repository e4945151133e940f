import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { certificateMaker } from '../src/adapters/certs/maker.ts';
import { startGate } from '../src/adapters/http/server.ts';
import { createLog } from '../src/adapters/log/log.ts';
import { makeReview } from '../src/app/review.ts';
import { allowed } from '../src/core/admission.ts';
import { makeAuthority } from '../src/core/authority.ts';
import { facts } from '../test/support/review.ts';
import { entry, ranges, ruleIn, template } from '../test/support/template.ts';
import { NAMESPACES, PORTS } from './review.ts';

/** A server process of the webhook measurement: `bare` parses and allows, `gate` is the product. Tells its port and its CA, then its CPU time when asked. */
const now = new Date();
const ca = await certificateMaker.makeAuthority(now);
const leaf = await certificateMaker.makeLeaf(ca, { dns: ['localhost'], addresses: ['127.0.0.1'] }, now);
const certificate = { cert: leaf.certificate, key: leaf.key };
const port = process.argv[2] === 'bare' ? await serveBare() : await serveGate();
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
process.send?.({ port, ca: ca.certificate });

function serveBare(): Promise<number> {
  const server = createServer({ ...certificate, keepAliveTimeout: 100_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { apiVersion, kind, request: asked } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const body = JSON.stringify({ apiVersion, kind, response: { uid: asked.uid, allowed: true } });
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

async function serveGate(): Promise<number> {
  const namespaces = Array.from({ length: NAMESPACES }, (_, i) =>
    entry(`team-${i}`, { rules: PORTS.map((number) => ruleIn({ pods: { matchLabels: { app: 'api' } }, ports: ranges(`${number}`) })) }),
  );
  const known = facts(makeAuthority(template(namespaces), 'portcullis-system'));
  const review = makeReview({ facts: () => known, templateEdit: () => allowed('not-judged') });
  const gate = await startGate({ certificate, ...review, missing: () => [], log: createLog() }, { host: '127.0.0.1', port: 0 });
  return gate.port;
}
