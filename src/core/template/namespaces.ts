import { distinctNames } from './distinct.ts';
import { EGRESS, MODES, ON_VIOLATION } from './model.ts';
import { namespacePattern } from './names.ts';
import type { NamespacePart } from './part.ts';
import { ports } from './ports.ts';
import { type RecordValue, record } from './record.ts';
import { rules } from './rules.ts';
import { described, flag, listOf, refine, type Shape, word } from './shape.ts';

export const mode = word('mode', MODES);
export const egress = word('egress', EGRESS);

const namespaceFields = {
  name: {
    shape: described(
      namespacePattern,
      'Exact name, or a prefix like pr-*. Exact beats prefix, a longer prefix beats a shorter one.',
      'shop',
      'pr-*',
    ),
    missing: 'name is missing; write the name of the namespace, or a prefix like pr-*',
  },
  mode: {
    shape: described(
      mode,
      'enforce: refuse what breaks the template. audit: admit it with a warning. off: do not look. Overrides the mode of the document.',
    ),
  },
  egress: {
    shape: described(egress, 'declared: nothing leaves but what a rule, DNS or the own namespace permits. open: everything may leave.'),
  },
  rules: { shape: described(rules, 'The permitted connections. None: the namespace is closed.') },
  hostNetwork: { shape: described(flag, 'Permits pods on the host network, which no NetworkPolicy can cover. Default false.') },
  hostPorts: { shape: described(ports, 'Host ports that containers may bind. Default none.', ['443/TCP']) },
  onViolation: {
    shape: described(
      word('onViolation', ON_VIOLATION),
      'What happens to a pod with an open port that nobody authorized. quarantine has an effect in mode enforce only. Default report.',
    ),
  },
};

const namespace: Shape<NamespacePart> = described(refine(record(namespaceFields), readNamespace), 'What is permitted in one namespace.');

/** The namespaces of one document; each is described once. */
export const namespaces: Shape<readonly NamespacePart[]> = distinctNames(
  listOf(namespace),
  (name, first) => `"${name}" is already described at ${first}; put the rules there`,
);

function readNamespace({ values, place }: RecordValue<typeof namespaceFields>): NamespacePart | undefined {
  const { name, hostPorts, rules: read, ...rest } = values;
  if (name === undefined) return undefined;
  return { ...rest, name: name.value, place, hostPorts: hostPorts?.value ?? [], rules: read?.value ?? [] };
}
