import type { Authority } from '../../src/core/authority.ts';
import type { EgressRule, IngressRule, NetworkPolicy, PolicyPeer, PolicyPort } from '../../src/core/network-policy.ts';
import { policyPair } from '../../src/core/policy-pair.ts';
import { formatRange, type PortRange } from '../../src/core/port.ts';
import { asList, asRecord, textOf } from '../../src/core/unknown.ts';
import { type CaseFolder, differs, type Problems, setsDiffer, texts } from './case-folder.ts';
import { neutralAuthority } from './neutral-template.ts';

/** Policies made from the template. A case that also has a static part says what is generated for one namespace. */
export function runGenerate(folder: CaseFolder): Problems {
  const { expected } = folder;
  const authority = neutralAuthority(folder.text('template.json'), 'portcullis-system');
  const input = asRecord(folder.json('input.json'));
  const wanted = (Array.isArray(expected.generated) ? expected.generated : [expected.generated]).map(asRecord);
  const names = new Set([...texts(input.generate), ...wanted.map(({ namespace }) => textOf(namespace))].filter((name) => name !== ''));
  if (names.size === 0) return ['the case names no namespace'];
  const words = [...texts(expected.mustNot), ...wanted.flatMap(({ mustNot }) => texts(mustNot))];
  return [
    ...[...names].flatMap((name) => openedTooMuch(policiesOf(name, authority), words)),
    ...wanted.flatMap((one) => (one.namespace === undefined ? [] : compareNamespace(one, policiesOf(textOf(one.namespace), authority)))),
    ...(expected.eitherOf === undefined ? [] : compareEither([...names], authority, asList(expected.eitherOf).map(asRecord))),
  ];
}

function policiesOf(namespace: string, authority: Authority): NetworkPolicy[] {
  const { block, allow } = policyPair(namespace, authority, { namespaces: [namespace], apiServer: [] });
  return [block, ...allow];
}

/** What no policy may ever say, whether the case forbids it or not; and the ports that it forbids. */
function openedTooMuch(policies: readonly NetworkPolicy[], words: readonly string[]): Problems {
  const forbidden = new Set(words.flatMap((word) => /^port (\d+)$/.exec(word)?.slice(1).map(Number) ?? []));
  return policies.flatMap(({ metadata: { name }, spec }): Problems => {
    const rules = [...spec.ingress, ...spec.egress];
    const ports = rules.flatMap((rule) => rule.ports ?? []);
    return [
      ...rules.filter((rule) => (rule.ports ?? []).length === 0).map(() => `${name}: a rule without ports`),
      ...rules.filter((rule) => isEmpty('from' in rule ? rule.from : 'to' in rule ? rule.to : undefined)).map(() => `${name}: no peers`),
      ...ports.filter(({ port }) => !Number.isInteger(port)).map(({ port }) => `${name}: the port ${JSON.stringify(port)}`),
      ...ports.filter(({ port, endPort }) => endPort !== undefined && endPort < Number(port)).map(() => `${name}: endPort below port`),
      ...ports.filter(({ port }) => forbidden.has(Number(port))).map(({ port }) => `${name}: port ${port}`),
    ];
  });
}

function isEmpty(peers: readonly PolicyPeer[] | undefined): boolean {
  return peers !== undefined && peers.length === 0;
}

/** Policies add up: what the pods of the selector may receive is what all policies that select them open. */
function compareNamespace(wanted: Readonly<Record<string, unknown>>, policies: readonly NetworkPolicy[]): Problems {
  const namespace = textOf(wanted.namespace);
  const selector = wanted.podSelector === undefined ? undefined : JSON.stringify(wanted.podSelector);
  const applying = policies.filter(
    ({ spec }) => selector === undefined || JSON.stringify(spec.podSelector) === selector || Object.keys(spec.podSelector).length === 0,
  );
  const types = new Set(applying.flatMap(({ spec }) => spec.policyTypes));
  const rules: readonly IngressRule[] = applying.flatMap(({ spec }) => spec.ingress);
  const opened = rules.flatMap((rule) => (rule.ports ?? []).map(rangeText));
  return [
    ...texts(wanted.policyTypes).flatMap((type) => ([...types].some((one) => one === type) ? [] : [`${namespace}: ${type} is not closed`])),
    ...(wanted.ingressRules === undefined ? [] : differs(`${namespace}: ingress rules`, rules.length, wanted.ingressRules)),
    ...(wanted.ingressPorts === undefined
      ? []
      : setsDiffer(`${namespace}: ingress ports`, opened, asList(wanted.ingressPorts).map(asRecord).map(rangeText))),
  ];
}

/** `30000-30010/TCP`; an endPort that equals the port says nothing more. */
function rangeText({ port, endPort, protocol }: PolicyPort | Readonly<Record<string, unknown>>): string {
  return `${port}${endPort === undefined || endPort === port ? '' : `-${endPort}`}/${protocol ?? 'TCP'}`;
}

function compareEither(names: readonly string[], authority: Authority, ways: readonly Readonly<Record<string, unknown>>[]): Problems {
  return names.flatMap((name) => {
    const policies = policiesOf(name, authority);
    const asked = authority.grants(name).all.flatMap((grant) => grant.ports);
    const problems = ways.map((way) => compareEgress(policies, way, asked));
    return problems.some((list) => list.length === 0) ? [] : problems.flat().map((problem) => `${name}: ${problem}`);
  });
}

function compareEgress(policies: readonly NetworkPolicy[], way: Readonly<Record<string, unknown>>, asked: readonly PortRange[]): Problems {
  const types = policies.flatMap(({ spec }) => spec.policyTypes);
  const rules: readonly EgressRule[] = policies.flatMap(({ spec }) => spec.egress);
  const opened = rules.flatMap((rule) => (rule.ports ?? []).map(rangeText));
  const must = texts(way.egressMustAllow);
  const keys = rules.flatMap((rule) => (rule.to ?? []).flatMap(namespaceKeys));
  const permitted = new Set([...must, ...asked.map(formatRange)]);
  return [
    ...setsDiffer('policyTypes', types, texts(way.policyTypes)),
    ...(way.egress === 'absent' && rules.length > 0 ? ['there is egress'] : []),
    ...must.filter((port) => !opened.includes(port)).map((port) => `egress lacks ${port}`),
    ...(way.egressMustNotAllow === undefined ? [] : opened.filter((port) => !permitted.has(port)).map((port) => `egress opens ${port}`)),
    ...(way.namespaceSelectorKey === undefined
      ? []
      : keys.filter((key) => key !== way.namespaceSelectorKey).map((key) => `a namespace is selected by ${key}`)),
  ];
}

function namespaceKeys({ namespaceSelector }: PolicyPeer): string[] {
  const expressions = namespaceSelector?.matchExpressions ?? [];
  return [...Object.keys(namespaceSelector?.matchLabels ?? {}), ...expressions.map(({ key }) => key)];
}
