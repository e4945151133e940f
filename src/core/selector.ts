/** Label selectors as the Kubernetes API means them: `matchLabels` and `matchExpressions`, all of which must hold. */
export type Labels = Readonly<Record<string, string>>;

export const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

export interface LabelExpression {
  readonly key: string;
  readonly operator: (typeof OPERATORS)[number];
  readonly values?: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelExpression[];
}

/** Selects every pod. */
export const EVERYTHING: LabelSelector = {};

/** Whether the labels satisfy the selector. `NotIn` and `DoesNotExist` match a pod that lacks the key (case 10). */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  for (const key in selector.matchLabels) {
    if (labelValue(labels, key) !== selector.matchLabels[key]) return false;
  }
  return (selector.matchExpressions ?? []).every((expression) => holds(expression, labels));
}

/** Whether the selector is empty and so selects every pod. */
export function selectsEverything(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

/**
 * The selector in one canonical form: keys and values sorted, empty parts left out, single-valued `In` folded into `matchLabels`
 * where the key is free. Two selectors of the same text select the same pods.
 */
export function canonicalSelector(selector: LabelSelector): LabelSelector {
  const matchLabels = new Map(Object.entries(selector.matchLabels ?? {}));
  const rest: LabelExpression[] = [];
  for (const expression of selector.matchExpressions ?? []) {
    const values = [...new Set(expression.values ?? [])].sort();
    const only = values[0];
    if (expression.operator === 'In' && values.length === 1 && only !== undefined && (matchLabels.get(expression.key) ?? only) === only) {
      matchLabels.set(expression.key, only);
    } else {
      rest.push({ key: expression.key, operator: expression.operator, ...(values.length > 0 ? { values } : {}) });
    }
  }
  const sortedLabels = Object.fromEntries([...matchLabels].sort(([a], [b]) => (a < b ? -1 : 1)));
  const byText = new Map(rest.map((expression) => [JSON.stringify([expression.key, expression.operator, expression.values]), expression]));
  const expressions = [...byText.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, expression]) => expression);
  return {
    ...(Object.keys(sortedLabels).length > 0 ? { matchLabels: sortedLabels } : {}),
    ...(expressions.length > 0 ? { matchExpressions: expressions } : {}),
  };
}

/** One line for people: `app=api,tier in (db,cache),!legacy`, or `<all>` for the empty selector (the words of kubectl). */
export function formatSelector(selector: LabelSelector): string {
  const { matchLabels, matchExpressions } = canonicalSelector(selector);
  const parts = [
    ...Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(matchExpressions ?? []).map(formatExpression),
  ];
  return parts.length > 0 ? parts.join(',') : '<all>';
}

function formatExpression({ key, operator, values = [] }: LabelExpression): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
}

function holds({ key, operator, values = [] }: LabelExpression, labels: Labels): boolean {
  const value = labelValue(labels, key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** Own properties only: a key like `constructor` is absent unless a pod really carries it. */
function labelValue(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
