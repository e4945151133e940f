import { type ExecFileException, execFile } from 'node:child_process';
import { asList, asRecord, isRecord, parseJson, textOf } from '../../core/unknown.ts';
import { KubeError } from './kube-error.ts';
import type { Environment } from './proxy-environment.ts';

/** What a plugin gave: a token, a client certificate with its key, or both. PEM. */
export interface PluginCredential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The program that a kubeconfig names for its user (client.authentication.k8s.io). */
export interface ExecPlugin {
  /** What it gave, kept until it expires; without an expiry, for ever. Calls at the same moment share one run. Rejects with a KubeError. */
  credential(): Promise<PluginCredential>;
}

/** A person may have to touch a key; nobody waits for ever. */
const TIMEOUT_MS = 60_000;

interface Kept {
  readonly credential: PluginCredential;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** The plugin of a user's `exec`; undefined where there is none. The library's own runs a plugin at every request where its answer has no expiry. */
export function execPlugin(exec: unknown, env: Environment, clock: () => number = Date.now): ExecPlugin | undefined {
  if (!isRecord(exec)) return undefined;
  let kept: Kept | undefined;
  let running: Promise<Kept> | undefined;
  return {
    async credential() {
      if (kept !== undefined && clock() < kept.expires) return kept.credential;
      running ??= run(exec, env).finally(() => {
        running = undefined;
      });
      kept = await running;
      return kept.credential;
    },
  };
}

async function run(exec: Readonly<Record<string, unknown>>, env: Environment): Promise<Kept> {
  const command = textOf(exec.command);
  const args = asList(exec.args).map(textOf);
  const hint = textOf(exec.installHint).trim();
  const options = { env: { ...env, ...variablesOf(exec) }, timeout: TIMEOUT_MS };
  const stdout = await new Promise<string>((resolve, reject) => {
    const child = execFile(command, args, options, (error, printed, stderr) => {
      if (error === null) return resolve(printed);
      if (error.code === 'ENOENT') return reject(problem(command, ['it is not installed', hint].filter((part) => part !== '').join('; ')));
      return reject(problem(command, error.killed ? `it did not end within ${TIMEOUT_MS / 1000} s` : stderr.trim() || howItEnded(error)));
    });
    child.stdin?.end(); // it must not wait for somebody to type
  });
  return readCredential(command, stdout);
}

/** The message of the error would be the whole command line, which may hold a secret. */
function howItEnded({ code, signal }: ExecFileException): string {
  return signal ? `it was ended by ${signal}` : `it ended with ${code}`;
}

function variablesOf(exec: Readonly<Record<string, unknown>>): Record<string, string> {
  const own = asList(exec.env).map((entry) => [textOf(asRecord(entry).name), textOf(asRecord(entry).value)]);
  const info = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  return { ...Object.fromEntries(own), KUBERNETES_EXEC_INFO: JSON.stringify(info) };
}

/** The ExecCredential that a plugin printed. Throws a KubeError where it is none. */
function readCredential(command: string, stdout: string): Kept {
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = asRecord(asRecord(parseJson(stdout)).status);
  const [cert, key] = [textOf(clientCertificateData), textOf(clientKeyData)];
  const credential = { ...field('token', textOf(token)), ...field('cert', cert), ...field('key', key) };
  if (Object.keys(credential).length === 0) throw problem(command, 'it printed no ExecCredential with a status');
  const expires = Date.parse(textOf(expirationTimestamp));
  return { credential, expires: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires };
}

function field(name: keyof PluginCredential, value: string): PluginCredential {
  return value === '' ? {} : { [name]: value };
}

function problem(command: string, why: string): KubeError {
  return new KubeError(`the credentials of the kubeconfig cannot be used: ${command}: ${why}`, { status: 0, reason: 'Credentials' });
}
