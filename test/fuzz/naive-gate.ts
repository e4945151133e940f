import { asList, asRecord, isRecord } from '../../src/core/unknown.ts';
import { CONTROLLER, isTerminating, modeOf, OWN_NAMESPACE, SELECTING } from './fuzz-template.ts';
import { isFaulty, isMirror, naiveOffenses, podOf, textLabels, WORKLOADS } from './naive-pod.ts';

/** What an answer must be. `either`: the naive gate does not know, and only the form of the answer is checked. */
export type Wanted = 'malformed' | 'allowed' | 'denied' | 'invalid' | 'either';

type Fields = Readonly<Record<string, unknown>>;
const isText = (value: unknown): value is string => typeof value === 'string';
const isMissing = (value: unknown) => value === undefined || value === null;
const text = (value: unknown) => (isText(value) ? value : '');

/** The decision on the JSON of a body (undefined: it is none), worked out again from the words of the design in the dullest way: no index, no cache, nothing of the product's gate. */
export function naiveGate(review: unknown): Wanted {
  if (!isRecord(review) || review.kind !== 'AdmissionReview' || !isRecord(review.request)) return 'malformed';
  if (review.apiVersion !== 'admission.k8s.io/v1' && review.apiVersion !== 'admission.k8s.io/v1beta1') return 'malformed';
  return isReadable(review.request) ? decide(review.request) : 'malformed';
}

function isReadable(request: Fields): boolean {
  const { uid, operation, name, namespace, subResource, dryRun, object, oldObject } = request;
  return (
    isText(uid) &&
    uid !== '' &&
    ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'].some((one) => one === operation) &&
    isKind(request.kind, 'kind') &&
    isKind(request.resource, 'resource') &&
    isUser(request.userInfo) &&
    [name, namespace, subResource].every((value) => isMissing(value) || isText(value)) &&
    (isMissing(dryRun) || typeof dryRun === 'boolean') &&
    [object, oldObject].every((value) => isMissing(value) || isRecord(value))
  );
}

function isKind(value: unknown, field: string): boolean {
  const { group, version, [field]: word } = asRecord(value);
  return (group === undefined || isText(group)) && isText(version) && isText(word);
}

function isUser(value: unknown): boolean {
  if (isMissing(value)) return true;
  const { username, groups } = asRecord(value);
  if (!isRecord(value) || !(isMissing(username) || isText(username))) return false;
  return isMissing(groups) || (Array.isArray(groups) && groups.every(isText));
}

function decide(request: Fields): Wanted {
  const { group, resource } = asRecord(request.resource);
  if (resource === 'configmaps') return onConfigMap(request);
  if (resource === 'networkpolicies') return group === 'networking.k8s.io' ? onPolicy(request) : 'either';
  if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return 'allowed';
  const { subResource } = request;
  const path = text(subResource) === '' ? resource : `${resource}/${subResource}`;
  if (request.operation === 'CREATE' && text(group) === '' && (path === 'pods/binding' || path === 'bindings')) return onBinding(request);
  const isLabelPath = ['pods/status', 'namespaces/status', 'namespaces/finalize'].includes(`${resource}/${subResource}`);
  if (text(subResource) !== '' && !isLabelPath) return 'allowed';
  if (resource === 'namespaces') return onNamespace(request);
  const { kind, group: kindGroup = '' } = asRecord(request.kind);
  const ofKind = WORKLOADS.find((one) => one.kind === kind && one.group === kindGroup);
  const ofResource = WORKLOADS.find((one) => one.resource === resource && one.group === (group ?? ''));
  if (ofKind === undefined && ofResource === undefined) return 'allowed';
  return onWorkload(request, ofResource === undefined || ofResource === ofKind ? ofKind : undefined);
}

function onWorkload(request: Fields, workload: (typeof WORKLOADS)[number] | undefined): Wanted {
  const namespace = text(request.namespace);
  if (namespace === '') return 'invalid';
  const { mode } = modeOf(namespace);
  if (mode === 'off' || mode === 'exempt') return 'allowed';
  if (workload === undefined) return 'invalid';
  if (isGoing(request)) return mode === 'enforce' && workload.kind === 'Pod' && movesQuarantine(request, workload) ? 'denied' : 'allowed';
  if (!isRecord(request.object) || isFaulty(request.object, workload)) return 'invalid';
  if (mode === 'audit') return 'allowed';
  if (isMirror(request, workload)) return 'allowed';
  const pod = podOf(request.object, workload);
  const old = request.operation === 'UPDATE' ? podOf(request.oldObject, workload) : undefined;
  const before = old === undefined ? [] : naiveOffenses(old, namespace);
  if (naiveOffenses(pod, namespace).some((one) => !before.includes(one))) return 'denied';
  if (movesQuarantine(request, workload)) return 'denied';
  if (asRecord(request.userInfo).username === CONTROLLER) return 'allowed';
  if (workload.kind !== 'Pod') return 'allowed';
  if (old === undefined) return isGated(pod) || namespace !== 'waiting' ? 'allowed' : 'denied';
  return isGated(old) && !isGated(pod) ? 'denied' : 'allowed';
}

function onBinding({ namespace, kind, object, userInfo }: Fields): Wanted {
  const where = text(namespace);
  if (where === '') return 'invalid';
  const { mode } = modeOf(where);
  if (mode === 'off' || mode === 'exempt') return 'allowed';
  if (asRecord(kind).kind !== 'Binding' || text(asRecord(kind).group) !== '' || !isRecord(object)) return 'invalid';
  const { metadata, spec } = object;
  const { labels } = asRecord(metadata);
  if (![metadata, spec, labels].every((value) => isMissing(value) || isRecord(value))) return 'invalid';
  if (!Object.values(asRecord(labels)).every((value) => isMissing(value) || isText(value))) return 'invalid';
  if (mode === 'audit') return 'allowed';
  const isController = asRecord(userInfo).username === CONTROLLER;
  const isRefused = (key: string) =>
    (key.startsWith('portcullis.dev/') && !isController) || (Object.hasOwn(SELECTING, where) && SELECTING[where]?.includes(key) === true);
  return Object.keys(asRecord(labels)).some(isRefused) ? 'denied' : 'allowed';
}

/** Whether somebody else than the controller sets or takes the label; a template of pods may lose it. */
function movesQuarantine({ operation, object, oldObject, userInfo }: Fields, workload: (typeof WORKLOADS)[number]): boolean {
  const before = operation === 'UPDATE' ? podOf(oldObject, workload) : {};
  const [was, is] = [before, podOf(object, workload)].map((pod) => textLabels(pod).get('portcullis.dev/quarantine'));
  return was !== is && (is !== undefined || workload.kind === 'Pod') && asRecord(userInfo).username !== CONTROLLER;
}

function isGated(pod: Fields): boolean {
  return asList(asRecord(pod.spec).schedulingGates).some((gate) => asRecord(gate).name === 'portcullis.dev/policies');
}

/** An update of an object that is being deleted always passes. */
function isGoing({ operation, oldObject }: Fields): boolean {
  return operation === 'UPDATE' && text(asRecord(asRecord(oldObject).metadata).deletionTimestamp) !== '';
}

function nameIn({ name, object, oldObject }: Fields): string {
  const metadata = asRecord(asRecord(object ?? oldObject).metadata);
  return text(name) || text(metadata.name) || text(metadata.generateName);
}

const labelOf = (object: unknown, key: string) => asRecord(asRecord(asRecord(object).metadata).labels)[key];

function onNamespace(request: Fields): Wanted {
  const { mode, unlisted } = modeOf(nameIn(request));
  if (mode === 'exempt' || isGoing(request)) return 'allowed';
  if (request.operation === 'CREATE') return unlisted ? 'denied' : 'allowed';
  const [before, after] = [request.oldObject, request.object].map((object) => labelOf(object, 'portcullis.dev/gate'));
  return after === undefined || after === before || asRecord(request.userInfo).username === CONTROLLER ? 'allowed' : 'denied';
}

function onPolicy(request: Fields): Wanted {
  const namespace = text(request.namespace);
  if (namespace === '' && request.operation !== 'DELETE') return 'invalid';
  const { mode } = modeOf(namespace);
  if (mode === 'off' || mode === 'exempt' || asRecord(request.userInfo).username === CONTROLLER || isGoing(request)) return 'allowed';
  const bears = (object: unknown) => labelOf(object, 'app.kubernetes.io/managed-by') === 'portcullis';
  if (!nameIn(request).startsWith('portcullis-') && !bears(request.object) && !bears(request.oldObject)) return 'allowed';
  if (request.operation === 'DELETE' && isTerminating(namespace)) return 'allowed';
  if (request.operation === 'DELETE' && isRecord(request.oldObject) && !bears(request.oldObject)) return 'allowed';
  return mode === 'enforce' ? 'denied' : 'allowed';
}

/** Whether a text is a good template is for the tests of the template; here it must not matter elsewhere. */
function onConfigMap({ namespace, name, object, oldObject }: Fields): Wanted {
  const isTemplate =
    name === 'portcullis-template' || [object, oldObject].some((one) => labelOf(one, 'portcullis.dev/template') === 'true');
  return namespace === OWN_NAMESPACE && isTemplate ? 'either' : 'allowed';
}
