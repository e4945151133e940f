import type { EndName, ExplainQuestion } from '../app/explain.ts';
import type { SubjectName } from '../app/subject-search.ts';
import { isAddress } from '../core/reach/address-block.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** The words by which kubectl knows kinds that have pods. */
const KINDS: Readonly<Record<string, string>> = {
  ...{ po: 'Pod', pod: 'Pod', pods: 'Pod', deploy: 'Deployment', deployment: 'Deployment', deployments: 'Deployment' },
  ...{ rs: 'ReplicaSet', replicaset: 'ReplicaSet', replicasets: 'ReplicaSet', sts: 'StatefulSet', statefulset: 'StatefulSet' },
  ...{ statefulsets: 'StatefulSet', ds: 'DaemonSet', daemonset: 'DaemonSet', daemonsets: 'DaemonSet', job: 'Job', jobs: 'Job' },
  ...{ cj: 'CronJob', cronjob: 'CronJob', cronjobs: 'CronJob', rc: 'ReplicationController' },
  ...{ replicationcontroller: 'ReplicationController', replicationcontrollers: 'ReplicationController' },
};

/**
 * What the words ask: one workload (`POD`, `deployment/api`, `shop/api`), perhaps one of its ports, or a connection (`web/front
 * shop/api:8080`). A CommandError says what would be right.
 */
export function explainQuestion(first: string, second: string | undefined, namespace: string): ExplainQuestion {
  if (second === undefined || isPort(second)) {
    const who = endName(first, namespace);
    if ('address' in who) throw usage(`${first} is an address: say whom it calls, like ${first} shop/api:8080`);
    return { about: 'workload', who, ...(second === undefined ? {} : { port: second }) };
  }
  const { name, port } = splitPort(second);
  const to = endName(name, namespace);
  const from = endName(first, namespace);
  if ('address' in from && 'address' in to)
    throw usage(`${first} and ${name} are both addresses: no policy of the cluster acts between them`);
  return { about: 'connection', from, to, ...(port === undefined ? {} : { port }) };
}

/** `80`, `80/UDP`, or one word, which is the name of a port. */
function isPort(text: string): boolean {
  return /^\d+(\/\w+)?$/.test(text) || /^[a-z0-9-]+$/i.test(text);
}

/** `shop/api:8080`, `[2001:db8::1]:443`; an IPv6 address without brackets has no port. */
function splitPort(text: string): { readonly name: string; readonly port?: string } {
  const [, bracketed, behind] = /^\[(.+)\](?::(.+))?$/.exec(text) ?? [];
  if (bracketed !== undefined) return { name: bracketed, ...(behind === undefined ? {} : { port: behind }) };
  if (isAddress(text)) return { name: text };
  const at = text.lastIndexOf(':');
  return at === -1 ? { name: text } : { name: text.slice(0, at), port: text.slice(at + 1) };
}

function endName(text: string, namespace: string): EndName {
  if (isAddress(text)) return { address: text };
  const parts = text.split('/');
  const [first = '', second = '', third] = parts;
  if (parts.length > 3 || parts.includes('')) throw usage(`${text} names no pod: write NAME, KIND/NAME or NAMESPACE/NAME, like shop/api`);
  if (parts.length === 1) return { namespace, name: first };
  const kind = kindOf(third === undefined ? first : second);
  if (third !== undefined) return kind === undefined ? unknownKind(second) : { namespace: first, kind, name: third };
  return kind === undefined ? { namespace: first, name: second } : { namespace, kind, name: second };
}

/** `deployment`, also `deployment.apps`. */
function kindOf(word: string): string | undefined {
  const plain = word.toLowerCase().split('.')[0] ?? '';
  return Object.hasOwn(KINDS, plain) ? KINDS[plain] : undefined;
}

function unknownKind(word: string): SubjectName {
  throw usage(`${word} is no kind that has pods: write pod, deployment, statefulset, daemonset, replicaset, job or cronjob`);
}

function usage(message: string): CommandError {
  return new CommandError(EXIT.usage, message);
}
