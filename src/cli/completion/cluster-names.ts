import { readFile } from 'node:fs/promises';
import { findAccess } from '../../adapters/kube/access.ts';
import { corePath, NAMESPACES } from '../../adapters/kube/paths.ts';
import type { KubeTransport } from '../../adapters/kube/transport.ts';
import { readDocuments } from '../../adapters/yaml/read.ts';
import { toValue } from '../../core/document.ts';
import { asList, asRecord, textOf } from '../../core/unknown.ts';
import { type ClusterOptions, withCluster } from '../cluster.ts';
import type { Io } from '../io.ts';
import type { Line } from './line.ts';

/** The names that only a cluster or a kubeconfig knows, for the line at hand. Never rejects: what cannot be told in time has no names. */
export interface ClusterNames {
  namespace(line: Line): Promise<readonly string[]>;
  context(line: Line): Promise<readonly string[]>;
  /** NAME in the namespace that is meant, or NAMESPACE/NAME. */
  pod(line: Line): Promise<readonly string[]>;
  /** The same, with `pod/` before a name without its namespace. */
  'pod kind'(line: Line): Promise<readonly string[]>;
}

/** Milliseconds; a person waits at the prompt. */
const PATIENCE_MS = 3_000;
/** More than this nobody reads, and a larger cluster is not asked for more. */
const MOST = 500;

/** Asks the cluster that the line means, once, and the files of the kubeconfig. */
export function clusterNames(io: Io): ClusterNames {
  const list = (path: string) => (transport: KubeTransport) => namesAt(transport, path);
  const ask = (line: Line, work: (transport: KubeTransport) => Promise<string[]>) =>
    withCluster(clusterOf(line), io, work).catch((): string[] => []);
  const pods = (line: Line, kind: string) => {
    const namespace = givenValue(line, '--namespace');
    if (namespace !== undefined) return ask(line, async (transport) => (await podsIn(transport, namespace)).map((name) => kind + name));
    const [first = '', second] = line.partial.split('/');
    if (second !== undefined) return ask(line, async (transport) => (await podsIn(transport, first)).map((name) => `${first}/${name}`));
    return ask(line, async (transport) => {
      const own = kind === '' ? await podsIn(transport, transport.namespace ?? 'default') : [];
      return [...own, ...(await namesAt(transport, NAMESPACES)).map((name) => `${name}/`)];
    });
  };
  return {
    namespace: (line) => ask(line, list(NAMESPACES)),
    context: (line) => contexts(line, io).catch(() => []),
    pod: (line) => pods(line, ''),
    'pod kind': (line) => pods(line, 'pod/'),
  };
}

function podsIn(transport: KubeTransport, namespace: string): Promise<string[]> {
  return namesAt(transport, corePath('pods', namespace));
}

async function namesAt(transport: KubeTransport, path: string): Promise<string[]> {
  const answer = await transport.request({ method: 'GET', path, query: { limit: MOST }, timeoutMs: PATIENCE_MS, attempts: 1 });
  return asList(asRecord(answer).items).map((item) => textOf(asRecord(asRecord(item).metadata).name));
}

async function contexts(line: Line, { env }: Io): Promise<string[]> {
  const access = await findAccess({ kubeconfig: clusterOf(line).kubeconfig, context: 'any', env });
  if (access.kind !== 'kubeconfig') return [];
  const texts = await Promise.all(access.files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const documents = texts.flatMap((text) => readDocuments({ document: 'kubeconfig', text }).documents);
  const entries = documents.flatMap((document) => asList(asRecord(toValue(document)).contexts));
  return [...new Set(entries.map((entry) => textOf(asRecord(entry).name)))];
}

function clusterOf(line: Line): ClusterOptions {
  const [kubeconfig, context] = [givenValue(line, '--kubeconfig'), givenValue(line, '--context')];
  return { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) };
}

function givenValue({ given }: Line, long: string): string | undefined {
  return [...given].find(([option]) => option.long === long)?.[1];
}
