import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { AuditEvent } from '../cluster/audit.ts';

/** One verb on one resource, perhaps of one name or in one namespace: what a rule of RBAC permits, or what a call needs. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  /** With the subresource, like `pods/status`. */
  readonly resource: string;
  /** Absent: any. */
  readonly name?: string;
  /** Absent: everywhere. */
  readonly namespace?: string;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly name: string }[];
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const BASE = new URL('../../deploy/base/', import.meta.url);

/** The rights that deploy/base gives a service account, each alone. A role binding gives its role where it stands. */
export function shippedRights(account: string): Right[] {
  const manifests = readdirSync(BASE)
    .filter((file) => /role.*\.yaml$/.test(file))
    .map((file) => load(readFileSync(new URL(file, BASE), 'utf8')) as Manifest);
  return manifests
    .filter(({ subjects = [] }) => subjects.some(({ name }) => name === account))
    .flatMap(({ roleRef, metadata: { namespace } }) => {
      const isThere = (place: string | undefined) => roleRef?.kind === 'ClusterRole' || place === namespace;
      const role = manifests.find(
        ({ kind, metadata }) => kind === roleRef?.kind && metadata.name === roleRef.name && isThere(metadata.namespace),
      );
      return (role?.rules ?? []).flatMap((rule) => rightsOf(rule, namespace));
    });
}

function rightsOf({ apiGroups, resources, resourceNames, verbs }: Rule, namespace: string | undefined): Right[] {
  const place = namespace === undefined ? {} : { namespace };
  const names = resourceNames === undefined ? [{}] : resourceNames.map((name) => ({ name }));
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => names.flatMap((name) => verbs.map((verb) => ({ verb, group, resource, ...name, ...place })))),
  );
}

/** What a call needed. A patch that made the object (201, server-side apply) needed `create` as well. */
export function neededRights({ verb, objectRef, responseStatus }: AuditEvent): Right[] {
  if (objectRef === undefined) return [];
  const { resource, subresource, apiGroup = '', name, namespace } = objectRef;
  const place = {
    group: apiGroup,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  const isMade = verb === 'patch' && responseStatus?.code === 201;
  return [{ verb, ...place }, ...(isMade ? [{ verb: 'create', ...place }] : [])];
}

/** Whether the right that a rule gives is one that the call needed. */
export function permits(given: Right, needed: Right): boolean {
  return (
    (['verb', 'group', 'resource'] as const).every((part) => given[part] === needed[part]) &&
    (given.name === undefined || given.name === needed.name) &&
    (given.namespace === undefined || given.namespace === needed.namespace)
  );
}

/** `patch configmaps portcullis-status in portcullis-system`. */
export function rightText({ verb, group, resource, name, namespace }: Right): string {
  const what = group === '' ? resource : `${resource}.${group}`;
  return [verb, what, name, namespace === undefined ? undefined : `in ${namespace}`].filter((word) => word !== undefined).join(' ');
}
