import { type ConnectionExplanation, explainConnection } from '../core/explain/connection.ts';
import type { Setting } from '../core/explain/setting.ts';
import { explainSubject } from '../core/explain/subject.ts';
import type { SubjectExplanation } from '../core/explain/subject-explanation.ts';
import { formatPort, isPortNumber, type Port, PROTOCOLS } from '../core/port.ts';
import type { Endpoint } from '../core/reach/endpoint.ts';
import { podEnd, type Subject } from '../core/reach/world.ts';
import { declaredPorts } from '../core/workload.ts';
import { faultSentence } from './subject-faults.ts';
import { findSubject, type SubjectName } from './subject-search.ts';

/** What somebody wants explained. */
export type ExplainQuestion =
  | { readonly about: 'workload'; readonly who: SubjectName; readonly port?: string }
  | { readonly about: 'connection'; readonly from: EndName; readonly to: EndName; readonly port?: string };

/** A workload by its name, or an IP address. */
export type EndName = SubjectName | { readonly address: string };

/** The answer; a problem is a question that cannot be answered, in a sentence. */
export type ExplainAnswer =
  | { readonly about: 'workload'; readonly who: string; readonly explanation: SubjectExplanation }
  | { readonly about: 'connection'; readonly from: string; readonly to: string; readonly answers: readonly PortAnswer[] }
  | { readonly problem: string };

export interface PortAnswer {
  readonly port: Port;
  readonly explanation: ConnectionExplanation;
}

/** Answers what is permitted, by what, and what is missing. Without a port a connection is asked for every declared port of the receiver. */
export function explain(question: ExplainQuestion, setting: Setting): ExplainAnswer {
  return question.about === 'workload' ? explainWorkload(question, setting) : explainPair(question, setting);
}

function explainWorkload({ who, port }: Extract<ExplainQuestion, { about: 'workload' }>, setting: Setting): ExplainAnswer {
  const found = findSound(who, setting);
  if ('problem' in found) return found;
  const ports = port === undefined ? [] : portsMeant(port, found.subject);
  if ('problem' in ports) return ports;
  const { kind, namespace, name } = found.subject.workload;
  return { about: 'workload', who: `${kind} ${namespace}/${name}`, explanation: explainSubject(found.subject, setting, ports[0]) };
}

function explainPair({ from, to, port }: Extract<ExplainQuestion, { about: 'connection' }>, setting: Setting): ExplainAnswer {
  const [caller, receiver] = [endOf(from, setting), endOf(to, setting)];
  if ('problem' in caller) return caller;
  if ('problem' in receiver) return receiver;
  const ports = port === undefined ? declared(receiver.subject) : portsMeant(port, receiver.subject);
  if ('problem' in ports) return ports;
  if (ports.length === 0) return { problem: `${receiver.words} declares no port; say one, like ${receiver.words}:80` };
  const answers = ports.map((one) => ({
    port: one,
    explanation: explainConnection({ from: caller.end, to: receiver.end, port: one }, setting),
  }));
  return { about: 'connection', from: caller.words, to: receiver.words, answers };
}

interface KnownEnd {
  readonly words: string;
  readonly end: Endpoint;
  readonly subject?: Subject;
}

function endOf(name: EndName, setting: Setting): KnownEnd | { readonly problem: string } {
  if ('address' in name) return { words: name.address, end: { kind: 'address', address: name.address } };
  const found = findSound(name, setting);
  if ('problem' in found) return found;
  const { namespace, name: its } = found.subject.workload;
  return { words: `${namespace}/${its}`, end: podEnd(found.subject, setting.world), subject: found.subject };
}

/** A workload that the API server would refuse has no ports that anybody could explain. */
function findSound(who: SubjectName, setting: Setting): ReturnType<typeof findSubject> {
  const found = findSubject(who, setting.world);
  const problem = 'problem' in found ? found.problem : faultSentence(found.subject);
  return problem === undefined ? found : { problem };
}

function declared(subject: Subject | undefined): Port[] {
  const all = subject === undefined ? [] : declaredPorts(subject.workload).map(({ declared: { port } }) => port);
  return [...new Map(all.map((port) => [formatPort(port), port])).values()];
}

/** `80`, `80/UDP`, or the name of a port of the receiver, which may stand for several protocols. */
function portsMeant(text: string, subject: Subject | undefined): Port[] | { readonly problem: string } {
  const [, digits, word = 'TCP'] = /^(\d+)(?:\/(\w+))?$/.exec(text) ?? [];
  if (digits !== undefined) {
    const protocol = PROTOCOLS.find((known) => known === word.toUpperCase());
    if (!isPortNumber(Number(digits)) || protocol === undefined)
      return { problem: `${text} is no port; write one like 80, 80/TCP or 53/UDP` };
    return [{ number: Number(digits), protocol }];
  }
  const named = subject === undefined ? [] : declaredPorts(subject.workload).filter(({ declared: { name } }) => name === text);
  if (named.length > 0) return named.map(({ declared: { port } }) => port);
  const names = subject === undefined ? [] : declaredPorts(subject.workload).flatMap(({ declared: { name } }) => name ?? []);
  return {
    problem: `no container declares a port named ${text}; ${names.length === 0 ? 'write its number' : `there are ${[...new Set(names)].join(', ')}`}`,
  };
}
