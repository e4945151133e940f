import type { Authority } from '../core/authority.ts';
import { violationsOf } from '../core/checks.ts';
import { noticesOf } from '../core/decide/workload.ts';
import { denialMessage } from '../core/denial.ts';
import { type DocumentNode, formatPath, type Issue, type MapNode, nodeAt, type SourceText, toValue } from '../core/document.ts';
import type { ReadManifest } from '../core/misconfig/manifest.ts';
import { makeManifestSet } from '../core/misconfig/manifest-set.ts';
import { type ObjectHead, readManifest, workloadManifest } from '../core/misconfig/read-manifest.ts';
import { misconfigurationsOf } from '../core/misconfigurations.ts';
import { declaredPorts, isWorkloadKind } from '../core/workload.ts';
import { readWorkload, type WorkloadReading } from '../core/workload-reading.ts';
import type { CheckReport, CheckResult, PlacedMisconfiguration } from './check-result.ts';
import { headOf, objectsOf } from './manifest-head.ts';

/** Reads one text into documents and issues; given by an adapter. */
export type ReadDocuments = (source: SourceText) => { readonly documents: readonly DocumentNode[]; readonly issues: readonly Issue[] };

export interface CheckParts {
  readonly authority: Authority;
  readonly read: ReadDocuments;
  /** The namespace of objects that name none. */
  readonly defaultNamespace: string;
}

/** A manifest as text, or the reason why there is none. */
export type CheckedFile = { readonly source: SourceText } | { readonly issue: Issue };

/**
 * Judges every object of the files as the gate would, in any mode, and looks for what the files show to be wrong together. Nothing throws
 * for what a file says: what cannot be read is a result, and the rest is still judged.
 */
export function checkFiles(files: readonly CheckedFile[], parts: CheckParts): CheckReport {
  const judged = files.flatMap((file): Judged[] =>
    'source' in file ? judgeText(file.source, parts) : [{ result: unreadable(file.issue.place.document, file.issue) }],
  );
  const manifests = judged.flatMap(({ manifest }) => (manifest === undefined ? [] : [manifest]));
  const found = misconfigurationsOf(makeManifestSet(manifests, parts.authority)).map(
    ({ manifest, path, ...misconfiguration }): PlacedMisconfiguration => ({
      ...misconfiguration,
      object: manifest.id,
      objectPlace: manifest.node.place,
      place: nodeAt(manifest.node, path).place,
      path: formatPath(path),
    }),
  );
  return { results: judged.map(({ result }) => result), misconfigurations: inReadingOrder(found, judged) };
}

/** Judges every object of one manifest by the template alone. */
export function checkManifest(source: SourceText, parts: CheckParts): CheckResult[] {
  return judgeText(source, parts).map(({ result }) => result);
}

interface Judged {
  readonly result: CheckResult;
  readonly manifest?: ReadManifest;
}

function judgeText(source: SourceText, parts: CheckParts): Judged[] {
  const { documents, issues } = parts.read(source);
  const hint = source.text.includes('{{') ? '; a chart must be rendered first: helm template CHART | portcullis check ... -' : '';
  return [
    ...issues.map((issue) => ({ result: unreadable(source.document, { ...issue, message: `${issue.message}${hint}` }) })),
    ...documents.flatMap((document) => objectsOf(document).map((node) => judgeObject(node, parts))),
  ];
}

function unreadable(object: string, issue: Issue): CheckResult {
  return { verdict: 'invalid', object, place: issue.place, declared: [], problems: [issue] };
}

function judgeObject(node: DocumentNode, parts: CheckParts): Judged {
  const read = headOf(node, parts.defaultNamespace);
  if ('problem' in read) return { result: unreadable(read.object, { place: node.place, path: '', message: read.problem }) };
  if ('reason' in read) {
    const declares = declaresPorts(node);
    const reason = `${read.reason}${declares ? ', though it declares containerPorts' : ''}`;
    return {
      result: { verdict: 'not-checked', object: read.object, place: node.place, kind: read.kind, reason, declaresPorts: declares },
    };
  }
  const { head, node: map } = read;
  if (isWorkloadKind(head.group, head.kind)) return judgeWorkload(head, parts);
  const manifest = readManifest(head, () => toValue(map));
  const common = { object: read.object, place: node.place, kind: head.kind };
  if (manifest !== undefined && manifest.is !== 'workload') return { result: { verdict: 'examined', ...common }, manifest };
  return { result: { verdict: 'not-checked', ...common, ...reasonNotChecked(map, head.kind) }, ...(manifest ? { manifest } : {}) };
}

function judgeWorkload(head: ObjectHead, { authority }: CheckParts): Judged {
  const { node, kind, namespace: name } = head;
  const value = toValue(node);
  const reading = readWorkload(kind, value, name);
  const manifest: ReadManifest = { is: 'workload', manifest: workloadManifest(head, value, reading) };
  const { workload } = reading;
  const common = {
    object: `${kind}/${name}/${workload.name}`,
    place: node.place,
    declared: declaredPorts(workload).map((one) => one.declared.port),
  };
  if (reading.faults.length > 0) return { result: { verdict: 'invalid', ...common, problems: problemsOf(node, reading) }, manifest };
  const namespace = authority.namespace(name);
  const input = { workload, authority, namespace };
  const judged = { ...common, mode: namespace.mode, notices: noticesOf(workload) };
  const violations = namespace.mode === 'off' ? [] : violationsOf(input);
  if (violations.length === 0) return { result: { verdict: 'permitted', ...judged }, manifest };
  const placed = violations.map((violation) => ({ ...violation, place: nodeAt(node, violation.path).place }));
  return { result: { verdict: 'violation', ...judged, violations: placed, denial: denialMessage(input, violations) }, manifest };
}

function problemsOf(node: MapNode, { faults }: WorkloadReading): (CheckResult & { verdict: 'invalid' })['problems'] {
  return faults.map(({ path, container, ...fault }) => ({
    ...fault,
    ...(container === '' ? {} : { container }),
    place: nodeAt(node, path).place,
    path: formatPath(path),
  }));
}

/** A custom resource that embeds a pod template may declare ports: say that nobody looked, not that it is clean. */
function reasonNotChecked(node: MapNode, kind: string): { readonly reason: string; readonly declaresPorts: boolean } {
  if (!declaresPorts(node)) return { declaresPorts: false, reason: `${kind} declares no containerPort` };
  return {
    declaresPorts: true,
    reason: `${kind} is not a built-in workload, though it declares containerPorts: check the Pods that it makes`,
  };
}

function declaresPorts(node: DocumentNode): boolean {
  switch (node.kind) {
    case 'scalar':
      return false;
    case 'list':
      return node.items.some(declaresPorts);
    case 'map':
      return node.entries.some(({ key, value }) => key === 'containerPort' || declaresPorts(value));
  }
}

function inReadingOrder(found: PlacedMisconfiguration[], judged: readonly Judged[]): PlacedMisconfiguration[] {
  const documents = [...new Set(judged.map(({ result }) => result.place.document))];
  const order = new Map(documents.map((document, index) => [document, index]));
  const fileOf = ({ place }: PlacedMisconfiguration): number => order.get(place.document) ?? 0;
  return found.sort((a, b) => fileOf(a) - fileOf(b) || a.place.line - b.place.line || a.place.column - b.place.column);
}
