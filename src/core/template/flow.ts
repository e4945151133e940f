import { type LabelSelector, type Labels, selectsEverything } from '../selector.ts';
import type { Peer } from './model.ts';

/** Parts of a template on one line, ready to be pasted: in YAML, and quoted where YAML would read anything but a text. */

/** `{app: api}`. */
export function flowLabels(labels: Labels): string {
  return `{${Object.entries(labels)
    .map((pair) => pair.map(flowText).join(': '))
    .join(', ')}}`;
}

/** `{app: api}` where labels alone say it, else a whole LabelSelector. */
export function flowSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const ambiguous = Object.keys(matchLabels).some((key) => key === 'matchLabels' || key === 'matchExpressions');
  if (matchExpressions.length === 0 && !ambiguous) return flowLabels(matchLabels);
  const expressions = matchExpressions.map(
    ({ key, operator, values }) =>
      `{key: ${flowText(key)}, operator: ${operator}${values === undefined ? '' : `, values: [${values.map(flowText).join(', ')}]`}}`,
  );
  const labels = Object.keys(matchLabels).length === 0 ? [] : [`matchLabels: ${flowLabels(matchLabels)}`];
  return `{${[...labels, `matchExpressions: [${expressions.join(', ')}]`].join(', ')}}`;
}

/** `{namespace: web, pods: {app: front}}`. */
export function flowPeer(peer: Peer): string {
  switch (peer.kind) {
    case 'apiServer':
      return '{apiServer: true}';
    case 'cidr':
      return `{cidr: ${flowText(peer.cidr)}${peer.except.length === 0 ? '' : `, except: [${peer.except.map(flowText).join(', ')}]`}}`;
    case 'pods': {
      const pods = peer.namespace === undefined || !selectsEverything(peer.pods) ? [`pods: ${flowSelector(peer.pods)}`] : [];
      return `{${[...(peer.namespace === undefined ? [] : [`namespace: ${flowText(peer.namespace)}`]), ...pods].join(', ')}}`;
    }
  }
}

/** A text that YAML reads as a string, also inside of a flow mapping: `true`, `1` and the empty text are quoted. */
export function flowText(value: string): string {
  const isPlain = /^[A-Za-z][A-Za-z0-9_./-]*$/.test(value) || /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(value);
  return isPlain && !/^(true|false|yes|no|on|off|y|n|null)$/i.test(value) ? value : JSON.stringify(value);
}
