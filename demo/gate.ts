import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The gate as a process of its own, as in a cluster. */
export interface Gate {
  readonly port: number;
  readonly ca: string;
  readonly child: ChildProcess;
}

/** What the gate answered to one review. */
export interface Answer {
  readonly allowed: boolean;
  readonly message: string;
  readonly warnings: readonly string[];
}

/** Starts `portcullis serve` without a cluster and waits until it listens. */
export async function startGate(argv: readonly string[], certificates: string): Promise<Gate> {
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'serve', ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    const port = /the gate listens on \S+:(\d+)$/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stderr.resume();
    return { port: Number(port), ca: await readFile(join(certificates, 'ca.crt'), 'utf8'), child };
  }
  throw new Error(`the gate did not start:\n${said.join('\n')}`);
}

/** Sends an AdmissionReview as the API server would: over TLS, trusting the CA of the gate alone. */
export async function review(
  gate: Gate,
  kind: { readonly group: string; readonly kind: string; readonly resource: string },
  object: ReviewedObject,
): Promise<Answer> {
  const { namespace = '', name } = object.metadata;
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: crypto.randomUUID(),
      kind: { group: kind.group, version: 'v1', kind: kind.kind },
      resource: { group: kind.group, version: 'v1', resource: kind.resource },
      namespace: kind.kind === 'Namespace' ? name : namespace,
      name,
      operation: 'CREATE',
      userInfo: { username: 'demo', groups: ['system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
    },
  });
  const { response } = JSON.parse(await post(gate, body));
  return { allowed: response.allowed === true, message: response.status?.message ?? '', warnings: response.warnings ?? [] };
}

export interface ReviewedObject {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function post({ port, ca }: Gate, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request({ host: '127.0.0.1', port, path: '/validate', method: 'POST', ca, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    call.on('error', reject);
    call.end(body);
  });
}
