import { QUARANTINE_LABEL } from '../names.ts';
import type { Endpoint } from '../reach/endpoint.ts';
import { reach } from '../reach/reach.ts';
import { shortestEdit } from './edit.ts';
import type { TemplateEdit } from './edit-candidates.ts';
import { type EndExplanation, explainEnd } from './end.ts';
import { type Connecting, policiesNow, policiesWanted, type Setting } from './setting.ts';

/** One connection, and everything that a person needs to know of it. */
export interface ConnectionExplanation {
  readonly verdict: 'permitted' | 'refused';
  readonly leaves: EndExplanation;
  readonly enters: EndExplanation;
  /** What would hold if the namespaces in mode audit were enforced; absent: the same. */
  readonly enforced?: 'permitted' | 'refused';
  /** The mode of the namespace at each end that is a pod, and by whom. */
  readonly modes: readonly { readonly namespace: string; readonly mode: string; readonly origin: string }[];
  readonly notes: readonly string[];
  /** The shortest edit of the template that permits it; absent: none is needed, or none would help. */
  readonly edit?: TemplateEdit;
}

/** Explains whether the connection passes, at both ends. */
export function explainConnection(asked: Connecting, setting: Setting): ConnectionExplanation {
  const now = reach({ ...asked, policies: policiesNow(setting) });
  const byTemplate = reach({ ...asked, policies: policiesWanted(setting, ['enforce']) });
  const enforced = reach({ ...asked, policies: policiesWanted(setting, ['enforce', 'audit']) });
  const { from, to, port } = asked;
  const edit =
    now.permitted && enforced.permitted ? undefined : shortestEdit(asked, setting, now.permitted ? ['enforce', 'audit'] : ['enforce']);
  return {
    verdict: now.permitted ? 'permitted' : 'refused',
    leaves: explainEnd({ end: 'leaves', self: from, other: to, port }, now.leaves, setting),
    enters: explainEnd({ end: 'enters', self: to, other: from, port }, now.enters, setting),
    ...(enforced.permitted === now.permitted ? {} : { enforced: enforced.permitted ? ('permitted' as const) : ('refused' as const) }),
    modes: modesOf([from, to], setting),
    notes: [
      ...(byTemplate.permitted === now.permitted
        ? []
        : [
            `the policies in the cluster are not those of the template, which ${byTemplate.permitted ? 'permits' : 'refuses'} it: see portcullis policies`,
          ]),
      ...notesOf(from, 'caller'),
      ...notesOf(to, 'receiver'),
    ],
    ...(edit === undefined ? {} : { edit }),
  };
}

function modesOf(ends: readonly Endpoint[], { authority }: Setting): ConnectionExplanation['modes'] {
  const names = new Set(ends.flatMap((end) => (end.kind === 'pod' ? [end.namespace] : [])));
  return [...names].map((namespace) => {
    const { mode, origin } = authority.namespace(namespace);
    return { namespace, mode, origin };
  });
}

function notesOf(end: Endpoint, role: 'caller' | 'receiver'): string[] {
  if (end.kind === 'address') return [];
  return [
    ...(end.hostNetwork && role === 'caller'
      ? ['the caller is on the host network: others see the address of its node, and no selector means it']
      : []),
    ...(end.hostNetwork && role === 'receiver' ? ['the receiver is on the host network: no policy protects it'] : []),
    ...(Object.hasOwn(end.labels, QUARANTINE_LABEL)
      ? [`the ${role} is quarantined: no allow policy of a namespace with onViolation: quarantine selects it`]
      : []),
  ];
}
