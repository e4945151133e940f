import type { Authority } from '../core/authority.ts';
import { type Violation, violationsOf } from '../core/checks.ts';
import { noticesOf } from '../core/decide/workload.ts';
import { type DocumentNode, formatPath, type Issue, type MapNode, nodeAt, type Place, type SourceText, toValue } from '../core/document.ts';
import type { Port } from '../core/port.ts';
import type { Mode } from '../core/template/model.ts';
import { asRecord, textOf } from '../core/unknown.ts';
import { type ContainerType, declaredPorts, isWorkloadKind, readWorkload } from '../core/workload.ts';

/** What became of one object of the manifests; every document ends as exactly one of these, or as several for a List. */
export type CheckResult =
  | {
      readonly verdict: 'permitted';
      readonly object: string;
      readonly place: Place;
      readonly mode: Mode;
      readonly declared: readonly Port[];
      readonly notices: readonly string[];
    }
  | {
      readonly verdict: 'violation';
      readonly object: string;
      readonly place: Place;
      readonly mode: Mode;
      readonly declared: readonly Port[];
      readonly violations: readonly PlacedViolation[];
      readonly notices: readonly string[];
    }
  /** The API server would refuse it, or nobody can read it: never taken for permitted. `declared`: the ports that are ports all the same. */
  | {
      readonly verdict: 'invalid';
      readonly object: string;
      readonly place: Place;
      readonly declared: readonly Port[];
      readonly problems: readonly CheckProblem[];
    }
  /** A kind that Portcullis does not judge, with the reason: never taken for clean. */
  | { readonly verdict: 'not-checked'; readonly object: string; readonly place: Place; readonly kind: string; readonly reason: string };

export interface PlacedViolation extends Violation {
  readonly place: Place;
}

/** What is wrong, and in which container where it is about one. */
export interface CheckProblem extends Issue {
  readonly container?: string;
  readonly containerType?: ContainerType;
  readonly port?: Port;
}

/** Reads one text into documents and issues; given by an adapter. */
export type ReadDocuments = (source: SourceText) => { readonly documents: readonly DocumentNode[]; readonly issues: readonly Issue[] };

export interface CheckParts {
  readonly authority: Authority;
  readonly read: ReadDocuments;
  /** The namespace of objects that name none. */
  readonly defaultNamespace: string;
}

/** Judges every object of one manifest as the gate would, in any mode. Unreadable documents are results, not exceptions; the rest is still judged. */
export function checkManifest(source: SourceText, parts: CheckParts): CheckResult[] {
  const { documents, issues } = parts.read(source);
  const unreadable = issues.map(
    (issue): CheckResult => ({ verdict: 'invalid', object: source.document, place: issue.place, declared: [], problems: [issue] }),
  );
  return [...unreadable, ...documents.flatMap((document) => objectsOf(document).map((node) => checkObject(node, parts)))];
}

/** A List stands for its items (also a typed one, like DeploymentList). */
function objectsOf(document: DocumentNode): DocumentNode[] {
  const items = document.kind === 'map' && scalarAt(document, 'kind').endsWith('List') ? nodeAt(document, ['items']) : document;
  return items.kind === 'list' ? items.items.flatMap(objectsOf) : [document];
}

function checkObject(node: DocumentNode, parts: CheckParts): CheckResult {
  if (node.kind !== 'map') return notAnObject(node);
  const kind = scalarAt(node, 'kind');
  const apiVersion = scalarAt(node, 'apiVersion');
  if (kind === '' || apiVersion === '') return notChecked(node, 'no apiVersion and kind: not a Kubernetes object');
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (!isWorkloadKind(group, kind)) return notChecked(node, reasonNotChecked(node, kind));
  return checkWorkload(node, kind, parts);
}

function checkWorkload(node: MapNode, kind: string, { authority, defaultNamespace }: CheckParts): CheckResult {
  const value = toValue(node);
  const name = textOf(asRecord(asRecord(value).metadata).namespace) || defaultNamespace;
  const { workload, faults } = readWorkload(kind, value, name);
  const object = `${kind}/${name}/${workload.name}`;
  const { place } = node;
  const declared = declaredPorts(workload).map((one) => one.declared.port);
  if (faults.length > 0) {
    const problems = faults.map(({ path, container, ...fault }) => ({
      ...fault,
      ...(container === '' ? {} : { container }),
      place: nodeAt(node, path).place,
      path: formatPath(path),
    }));
    return { verdict: 'invalid', object, place, declared, problems };
  }
  const namespace = authority.namespace(name);
  const notices = noticesOf(workload);
  const violations = namespace.mode === 'off' ? [] : violationsOf({ workload, authority, namespace });
  if (violations.length === 0) return { verdict: 'permitted', object, place, mode: namespace.mode, declared, notices };
  const placed = violations.map((violation) => ({ ...violation, place: nodeAt(node, violation.path).place }));
  return { verdict: 'violation', object, place, mode: namespace.mode, declared, violations: placed, notices };
}

function notAnObject(node: DocumentNode): CheckResult {
  const message = `a ${node.kind === 'list' ? 'list' : 'single value'} is not a Kubernetes object`;
  return { verdict: 'not-checked', object: node.place.document, place: node.place, kind: '', reason: message };
}

function notChecked(node: MapNode, reason: string): CheckResult {
  const metadata = asRecord(asRecord(toValue({ ...node, entries: node.entries.filter(({ key }) => key === 'metadata') })).metadata);
  const kind = scalarAt(node, 'kind');
  const object = [kind || 'document', textOf(metadata.namespace), textOf(metadata.name)].filter((part) => part !== '').join('/');
  return { verdict: 'not-checked', object, place: node.place, kind, reason };
}

/** A custom resource that embeds a pod template may declare ports: say that nobody looked, not that it is clean. */
function reasonNotChecked(node: MapNode, kind: string): string {
  return declaresPorts(node)
    ? `${kind} is not a built-in workload, though it declares containerPorts: check the Pods that it makes`
    : `${kind} declares no containerPort`;
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

function scalarAt(node: MapNode, key: string): string {
  const value = node.entries.find((entry) => entry.key === key)?.value;
  return value?.kind === 'scalar' ? textOf(value.value) : '';
}
