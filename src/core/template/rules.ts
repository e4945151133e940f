import type { DocumentNode } from '../document.ts';
import { EVERYTHING } from '../selector.ts';
import { distinctNames } from './distinct.ts';
import type { Rule } from './model.ts';
import { ruleName } from './names.ts';
import { peers } from './peers.ts';
import { ports } from './ports.ts';
import { type RecordValue, record } from './record.ts';
import { podSelector } from './selector.ts';
import { described, inside, listOf, refine, report, type Shape, type Spot } from './shape.ts';

const ruleFields = {
  name: { shape: described(ruleName, 'Appears in messages. At most once in a namespace.', 'api') },
  pods: { shape: described(podSelector, 'The pods of this namespace that the rule is about. Absent: every pod.', { app: 'api' }) },
  ports: {
    shape: described(ports, 'The ports at the receiving end. Empty: closed.', [8080, '9000-9100/UDP'], []),
    missing: 'ports are missing; list them, or write ports: [] for a rule that keeps the pods closed',
  },
  from: { shape: described(nonEmptyPeers('from'), 'Who may connect to the pods. Absent (and no "to"): from anywhere.') },
  to: {
    shape: described(nonEmptyPeers('to'), 'Whom the pods may connect to. Opens the port at the other end as well, where that is a pod.'),
  },
};

const rule: Shape<Rule> = described(
  refine(record(ruleFields, { not: { required: ['from', 'to'] } }), readRule),
  'One permitted connection, written once, at either end.',
  { name: 'api', pods: { app: 'api' }, ports: [8080], from: [{ namespace: 'web' }] },
);

/** The rules of a namespace; no two have the same name. */
export const rules: Shape<readonly Rule[]> = distinctNames(
  listOf(rule),
  (name, first) => `a rule of this namespace is already named "${name}" at ${first}`,
);

function nonEmptyPeers(key: 'from' | 'to'): typeof peers {
  const emptiness =
    key === 'from'
      ? 'from: [] permits nobody; leave from out to permit everybody, or write ports: [] to keep the pods closed'
      : 'to: [] names nobody; name the peers, or remove the rule';
  return {
    schema: { ...peers.schema, minItems: 1 },
    read: (node, spot) => (node.kind === 'list' && node.items.length === 0 ? report(spot, node.place, emptiness) : peers.read(node, spot)),
  };
}

function readRule({ values, keys, place }: RecordValue<typeof ruleFields>, _node: DocumentNode, spot: Spot): Rule {
  const { name, pods, from, to } = values;
  const second = keys.get('to');
  if (keys.has('from') && second !== undefined) {
    report(inside(spot, 'to'), second, 'from and to stand in one rule; write two rules, one for each direction');
  }
  return {
    ...(name === undefined ? {} : { name: name.value }),
    place,
    pods: pods?.value ?? EVERYTHING,
    ports: values.ports?.value ?? [],
    direction: keys.has('to') ? 'out' : 'in',
    peers: to?.value ?? from?.value ?? [],
  };
}
