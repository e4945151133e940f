import type { EgressRule, IngressRule, NetworkPolicy, PolicyPeer, PolicyPort } from '../network-policy.ts';
import { PROTOCOLS } from '../port.ts';
import { type LabelExpression, type LabelSelector, OPERATORS } from '../selector.ts';
import { asList, asRecord, isRecord, textOf } from '../unknown.ts';

/**
 * Reads a NetworkPolicy of anybody from raw JSON, with the defaults of the API applied (Ingress always a policyType, Egress where a rule
 * for it exists; no protocol means TCP). Undefined where there is no spec. Fields that are not understood are left out.
 */
export function readNetworkPolicy(value: unknown, namespace: string): NetworkPolicy | undefined {
  const object = asRecord(value);
  const metadata = asRecord(object.metadata);
  if (!isRecord(object.spec)) return undefined;
  const { spec } = object;
  const egress = asList(spec.egress).map((rule): EgressRule => readRule(rule, 'to'));
  const types = asList(spec.policyTypes).filter((type): type is 'Ingress' | 'Egress' => type === 'Ingress' || type === 'Egress');
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: textOf(metadata.name),
      namespace,
      ...optionalTexts(metadata),
      ...textMap('labels', metadata),
      ...textMap('annotations', metadata),
    },
    spec: {
      podSelector: readSelector(spec.podSelector),
      policyTypes: types.length > 0 ? types : egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'],
      ingress: asList(spec.ingress).map((rule): IngressRule => readRule(rule, 'from')),
      egress,
    },
  };
}

/** A label selector of the API; absent parts are absent. */
export function readSelector(value: unknown): LabelSelector {
  const { matchLabels, matchExpressions } = asRecord(value);
  const labels = Object.entries(asRecord(matchLabels)).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const expressions = asList(matchExpressions).flatMap(readExpression);
  return {
    ...(labels.length > 0 ? { matchLabels: Object.fromEntries(labels) } : {}),
    ...(expressions.length > 0 ? { matchExpressions: expressions } : {}),
  };
}

function readExpression(value: unknown): LabelExpression[] {
  const { key, operator, values } = asRecord(value);
  const known = OPERATORS.find((name) => name === operator);
  if (typeof key !== 'string' || known === undefined) return [];
  const texts = asList(values).filter((text): text is string => typeof text === 'string');
  return [{ key, operator: known, ...(texts.length > 0 ? { values: texts } : {}) }];
}

/** An empty or absent list of peers or ports means all (NetworkPolicy API), so it reads as absent. */
function readRule<Side extends 'from' | 'to'>(value: unknown, side: Side): { [key in Side]?: PolicyPeer[] } & { ports?: PolicyPort[] } {
  const rule = asRecord(value);
  const peers = asList(rule[side]).map(readPeer);
  const ports = asList(rule.ports).map(readPort);
  return { ...(peers.length > 0 ? { [side]: peers } : {}), ...(ports.length > 0 ? { ports } : {}) } as { [key in Side]?: PolicyPeer[] } & {
    ports?: PolicyPort[];
  };
}

function readPeer(value: unknown): PolicyPeer {
  const { podSelector, namespaceSelector, ipBlock } = asRecord(value);
  const { cidr, except } = asRecord(ipBlock);
  const exceptions = asList(except).filter((text): text is string => typeof text === 'string');
  return {
    ...(isRecord(podSelector) ? { podSelector: readSelector(podSelector) } : {}),
    ...(isRecord(namespaceSelector) ? { namespaceSelector: readSelector(namespaceSelector) } : {}),
    ...(typeof cidr === 'string' ? { ipBlock: { cidr, ...(exceptions.length > 0 ? { except: exceptions } : {}) } } : {}),
  };
}

function readPort(value: unknown): PolicyPort {
  const { port, endPort, protocol } = asRecord(value);
  return {
    protocol: PROTOCOLS.find((name) => name === protocol) ?? 'TCP',
    ...(typeof port === 'number' || typeof port === 'string' ? { port } : {}),
    ...(typeof endPort === 'number' ? { endPort } : {}),
  };
}

function optionalTexts(
  metadata: Readonly<Record<string, unknown>>,
): Partial<Record<'uid' | 'resourceVersion' | 'creationTimestamp' | 'deletionTimestamp', string>> {
  const fields = ['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp'] as const;
  return Object.fromEntries(fields.flatMap((field) => (typeof metadata[field] === 'string' ? [[field, metadata[field]]] : [])));
}

function textMap(
  field: 'labels' | 'annotations',
  metadata: Readonly<Record<string, unknown>>,
): { [key in 'labels' | 'annotations']?: Record<string, string> } {
  const entries = Object.entries(asRecord(metadata[field])).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return entries.length > 0 ? { [field]: Object.fromEntries(entries) } : {};
}
