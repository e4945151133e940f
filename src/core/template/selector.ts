import type { DocumentNode, MapNode } from '../document.ts';
import { listWords } from '../nearest.ts';
import { EVERYTHING, type LabelExpression, type LabelSelector, type Labels, OPERATORS } from '../selector.ts';
import { type RecordValue, record } from './record.ts';
import { described, inside, type JsonSchema, listOf, refine, report, type Shape, type Spot, text, word, wrongKind } from './shape.ts';

const KEY_NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const KEY_PREFIX = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const KEY = new RegExp(`^(${KEY_PREFIX}/)?${KEY_NAME}$`);
const VALUE = new RegExp(`^(${KEY_NAME})?$`);
const MAX_PREFIX = 253;

/** The value of a label (Kubernetes: up to 63 characters, may be empty). */
const labelValue: Shape<string> = {
  schema: { type: 'string', pattern: VALUE.source },
  read: (node, spot) => {
    if (node.kind === 'map')
      return report(spot, node.place, 'a label has one text as its value; a full selector has matchLabels and matchExpressions only');
    const value = text.read(node, spot);
    if (value === undefined || VALUE.test(value)) return value;
    return report(
      spot,
      node.place,
      `"${value}" is no value of a label (up to 63 letters, digits, "-", "_" and ".", a letter or digit at both ends)`,
    );
  },
};

const labelKey: Shape<string> = {
  schema: { type: 'string', pattern: KEY.source },
  read: (node, spot) => {
    const key = text.read(node, spot);
    return key === undefined ? undefined : checkKey(key, node, spot);
  },
};

function checkKey(key: string, { place }: Pick<DocumentNode, 'place'>, spot: Spot): string | undefined {
  if (KEY.test(key) && key.lastIndexOf('/') <= MAX_PREFIX) return key;
  return report(
    spot,
    place,
    `"${key}" is no key of a label (an optional DNS name and "/", then up to 63 letters, digits, "-", "_" and ".")`,
  );
}

/** Labels that must all be there. */
const labels: Shape<Labels> = {
  schema: { type: 'object', propertyNames: { pattern: KEY.source }, additionalProperties: labelValue.schema },
  read: (node, spot) => {
    if (node.kind !== 'map') return wrongKind(spot, node, 'a map of labels like {app: api}');
    const pairs = node.entries.flatMap(({ key, keyPlace, value }): [string, string][] => {
      const at = inside(spot, key);
      const readKey = checkKey(key, { place: keyPlace }, at);
      const readValue = labelValue.read(value, at);
      return readKey === undefined || readValue === undefined ? [] : [[readKey, readValue]];
    });
    return Object.fromEntries(pairs);
  },
};

const expressionFields = {
  key: { shape: described(labelKey, 'The key of the label.'), missing: 'key is missing; name the label' },
  operator: {
    shape: described(word('operator', OPERATORS), 'How the label is compared. NotIn and DoesNotExist also mean pods without it.'),
    missing: `operator is missing; write ${listWords(OPERATORS)}`,
  },
  values: { shape: described(listOf(labelValue), 'The values for In and NotIn; none for Exists and DoesNotExist.') },
};

const NEEDS_VALUES = ['In', 'NotIn'];

const expression: Shape<LabelExpression> = refine(
  record(expressionFields, {
    if: { properties: { operator: { enum: NEEDS_VALUES } } },
    // biome-ignore lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema.
    then: { required: ['values'], properties: { values: { minItems: 1 } } },
    else: { properties: { values: { maxItems: 0 } } },
  }),
  readExpression,
);

/** Kubernetes: In and NotIn need values, Exists and DoesNotExist take none. */
function readExpression(
  { values, keys, place }: RecordValue<typeof expressionFields>,
  node: DocumentNode,
  spot: Spot,
): LabelExpression | undefined {
  const { key, operator } = values;
  if (key === undefined || operator === undefined) return undefined;
  const wanted = NEEDS_VALUES.includes(operator.value);
  const count = values.values?.value.length ?? 0;
  if (wanted && count === 0 && !holdsSomething(node))
    return report(spot, keys.get('values') ?? place, `${operator.value} needs values; list at least one`);
  if (!wanted && count > 0)
    return report(
      spot,
      keys.get('values') ?? place,
      `${operator.value} takes no values; remove them, or write ${operator.value === 'Exists' ? 'In' : 'NotIn'}`,
    );
  return { key: key.value, operator: operator.value, ...(wanted ? { values: values.values?.value ?? [] } : {}) };
}

/** Whether values were written at all: if they were bad, that has been reported already. */
function holdsSomething(node: DocumentNode): boolean {
  const values = node.kind === 'map' ? node.entries.find(({ key }) => key === 'values')?.value : undefined;
  return values !== undefined && (values.kind !== 'list' || values.items.length > 0);
}

const fullSelector = record({
  matchLabels: { shape: described(labels, 'Labels that must all be there.') },
  matchExpressions: { shape: described(listOf(expression), 'Conditions that must all hold.') },
});
const FULL_KEYS = ['matchLabels', 'matchExpressions'];

const SELECTOR_SCHEMA: JsonSchema = {
  if: { type: 'object', propertyNames: { enum: FULL_KEYS }, minProperties: 1 },
  // biome-ignore lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema.
  then: fullSelector.schema,
  else: labels.schema,
};

/** Pods, found by their labels: `{app: api}`, or a full LabelSelector. `{}`: every pod. */
export const podSelector: Shape<LabelSelector> = described(
  {
    schema: SELECTOR_SCHEMA,
    read: (node, spot) => {
      if (node.kind === 'map' && isFull(node)) return refine(fullSelector, ({ values }) => selectorOf(values)).read(node, spot);
      const matchLabels = labels.read(node, spot);
      return matchLabels === undefined ? undefined : selectorOf({ matchLabels: { value: matchLabels } });
    },
  },
  'Pods, found by labels that must all be there. Or a full LabelSelector with matchLabels and matchExpressions. {} is every pod.',
  { app: 'api' },
  { matchExpressions: [{ key: 'tier', operator: 'In', values: ['db', 'cache'] }] },
);

function isFull({ entries }: MapNode): boolean {
  return entries.length > 0 && entries.every(({ key }) => FULL_KEYS.includes(key));
}

function selectorOf({
  matchLabels,
  matchExpressions,
}: {
  readonly matchLabels?: { readonly value: Labels };
  readonly matchExpressions?: { readonly value: readonly LabelExpression[] };
}): LabelSelector {
  const hasLabels = matchLabels !== undefined && Object.keys(matchLabels.value).length > 0;
  const hasExpressions = matchExpressions !== undefined && matchExpressions.value.length > 0;
  if (!hasLabels && !hasExpressions) return EVERYTHING;
  return {
    ...(hasLabels ? { matchLabels: matchLabels.value } : {}),
    ...(hasExpressions ? { matchExpressions: matchExpressions.value } : {}),
  };
}
