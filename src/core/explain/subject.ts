import { type Violation, violationsOf } from '../checks.ts';
import { allGrants, type Grant, podGrants } from '../grants.ts';
import { QUARANTINE_LABEL } from '../names.ts';
import type { NetworkPolicy } from '../network-policy.ts';
import { isOurs } from '../pair/metadata.ts';
import { wideningsOf } from '../pair/widening.ts';
import { policyPair } from '../policy-pair.ts';
import { comparePorts, formatPort, type Port, type PortRange, rangeHolds } from '../port.ts';
import { isolatingPolicies } from '../reach/reach.ts';
import { podEnd, type Subject } from '../reach/world.ts';
import { remedy } from '../remedy.ts';
import { selects } from '../selector.ts';
import { declaredPorts } from '../workload.ts';
import { policiesNow, type Setting } from './setting.ts';
import type { ActingPolicy, ExplainedPort, SubjectExplanation } from './subject-explanation.ts';
import { peerWords, portsWords, ruleWords, sourcesWords } from './words.ts';

/** Explains a workload; `only`: one of its ports, or one that it does not declare. */
export function explainSubject(subject: Subject, setting: Setting, only?: Port): SubjectExplanation {
  const { workload } = subject;
  const namespace = setting.authority.namespace(workload.namespace);
  const input = { workload, authority: setting.authority, namespace };
  const grants = allGrants(podGrants(setting.authority.grants(namespace.name), workload.labels));
  const ports = explainedPorts(subject, grants, namespace.name).filter(({ port }) => isAsked(port, only));
  const asked = only === undefined || ports.length > 0 ? ports : [undeclaredPort(only, grants, namespace.name)];
  const broken = violationsOf(input).filter(({ port }) => port === undefined || isAsked(port, only));
  const violations = [...broken, ...asked.flatMap((one) => missing(one, namespace.exempt))];
  const { mode, origin } = namespace;
  return {
    verdict: mode === 'off' ? 'not-judged' : violations.length === 0 ? 'permitted' : mode === 'enforce' ? 'refused' : 'audit',
    mode,
    origin,
    ports: asked,
    undeclared: only === undefined ? undeclaredRanges(grants, ports) : [],
    calls: callsOf(subject, setting),
    policies: actingPolicies(subject, setting),
    violations,
    notes: notesOf(subject),
    remedy: mode === 'off' || violations.length === 0 ? [] : remedy(input, violations),
  };
}

function isAsked(port: Port, only: Port | undefined): boolean {
  return only === undefined || formatPort(port) === formatPort(only);
}

function explainedPorts({ workload }: Subject, grants: readonly Grant[], namespace: string): ExplainedPort[] {
  const byPort = new Map<string, ExplainedPort>();
  for (const { container, declared } of declaredPorts(workload)) {
    const key = formatPort(declared.port);
    const there = byPort.get(key) ?? {
      ...undeclaredPort(declared.port, grants, namespace),
      ...(declared.name === undefined ? {} : { name: declared.name }),
    };
    byPort.set(key, { ...there, containers: [...new Set([...there.containers, container.name])] });
  }
  return [...byPort.values()].sort((a, b) => comparePorts(a.port, b.port));
}

function undeclaredPort(port: Port, grants: readonly Grant[], namespace: string): ExplainedPort {
  const holding = grants.filter(({ ports }) => ports.some((range) => rangeHolds(range, port)));
  return {
    port,
    containers: [],
    authorizedBy: holding.map((grant) => ({ rule: ruleWords(grant.rule), from: sourcesWords(grant, namespace) })),
  };
}

/** A port that nobody declares breaks nothing yet; it is what somebody asked for. */
function missing({ port, containers, authorizedBy }: ExplainedPort, isExempt: boolean): Violation[] {
  if (containers.length > 0 || authorizedBy.length > 0 || isExempt) return [];
  return [{ code: 'port-not-authorized', container: '', port, path: [], why: 'not in the template' }];
}

function undeclaredRanges(grants: readonly Grant[], declared: readonly ExplainedPort[]): PortRange[] {
  return grants.flatMap(({ ports }) => ports).filter((range) => !declared.some(({ port }) => rangeHolds(range, port)));
}

/** What rules of the own namespace let these pods call. */
function callsOf({ workload }: Subject, { authority }: Setting): SubjectExplanation['calls'] {
  const rules = authority.entry(workload.namespace)?.rules ?? [];
  return rules
    .filter(({ direction, pods }) => direction === 'out' && selects(pods, workload.labels))
    .map((rule) => ({
      ports: portsWords(rule.ports),
      to: rule.peers.map((peer) => peerWords(peer, workload.namespace)).join('; '),
      rule: ruleWords(rule),
    }));
}

function actingPolicies(subject: Subject, setting: Setting): ActingPolicy[] {
  const { namespace } = subject.workload;
  if (subject.workload.hostNetwork) return [];
  const pod = podEnd(subject, setting.world);
  const policies = policiesNow(setting)(namespace);
  const [ingress, egress] = [isolatingPolicies(pod, 'Ingress', policies), isolatingPolicies(pod, 'Egress', policies)];
  const pair = policyPair(namespace, setting.authority, setting.facts);
  const isClosed = setting.authority.namespace(namespace).mode === 'enforce';
  return policies
    .filter((policy) => ingress.includes(policy) || egress.includes(policy))
    .map((policy: NetworkPolicy) => ({
      name: policy.metadata.name,
      owner: isOurs(policy) ? 'portcullis' : 'other',
      directions: [...(ingress.includes(policy) ? ['ingress' as const] : []), ...(egress.includes(policy) ? ['egress' as const] : [])],
      opens: isOurs(policy) || !isClosed ? [] : wideningsOf(policy, pair),
    }));
}

function notesOf({ workload }: Subject): string[] {
  return [
    ...(workload.hostNetwork ? ['on the host network: no policy covers these pods, and their ports are those of the node'] : []),
    ...(Object.hasOwn(workload.labels, QUARANTINE_LABEL)
      ? ['quarantined: no allow policy of a namespace with onViolation: quarantine selects it']
      : []),
  ];
}
