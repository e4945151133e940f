import type { DocumentNode } from '../document.ts';
import { dns } from './dns.ts';
import { UNLISTED } from './model.ts';
import { namespacePattern } from './names.ts';
import { egress, mode, namespaces } from './namespaces.ts';
import type { TemplatePart } from './part.ts';
import { type RecordValue, record } from './record.ts';
import { described, listOf, refine, report, type Shape, type Spot, word } from './shape.ts';

export const API_VERSION = 'portcullis.dev/v1alpha1';
export const KIND = 'PortTemplate';

const defaultsFields = {
  dns: { shape: dns },
  egress: { shape: described(egress, 'What may leave a closed namespace that does not say it itself. Default declared.') },
};

const documentFields = {
  apiVersion: {
    shape: described(word('apiVersion', [API_VERSION]), 'The version of the grammar.'),
    missing: `apiVersion is missing; write apiVersion: ${API_VERSION}`,
  },
  kind: { shape: described(word('kind', [KIND]), 'What the document is.'), missing: `kind is missing; write kind: ${KIND}` },
  mode: { shape: described(mode, 'The mode of every namespace listed here that does not say its own. Default audit.') },
  unlisted: {
    shape: described(
      word('value of unlisted', UNLISTED),
      'The mode of a namespace that no document lists; deny: it may not be created. Must be said where mode is enforce. Default audit.',
    ),
  },
  defaults: { shape: described(record(defaultsFields), 'What holds for every namespace.') },
  exempt: {
    shape: described(listOf(namespacePattern), 'Further namespaces that are never judged and get no policy. Exact names or prefixes.', [
      'kube-system',
      'kube-node-lease',
      'kube-public',
    ]),
  },
  namespaces: { shape: described(namespaces, 'The permitted connections, namespace by namespace.') },
};

/** One document of kind PortTemplate: the whole grammar of the template. */
export const templateDocument: Shape<TemplatePart> = refine(
  record(documentFields, {
    if: { properties: { mode: { const: 'enforce' } }, required: ['mode'] },
    // biome-ignore lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema.
    then: { required: ['unlisted'] },
  }),
  readDocument,
);

function readDocument({ values, keys, place }: RecordValue<typeof documentFields>, _node: DocumentNode, spot: Spot): TemplatePart {
  const { defaults, exempt, namespaces: listed, mode: said, unlisted } = values;
  if (said?.value === 'enforce' && !keys.has('unlisted')) {
    report(
      spot,
      said.place,
      `mode is enforce, so say what holds for namespaces not listed; write unlisted: audit (or ${UNLISTED.filter((one) => one !== 'audit').join(', ')})`,
    );
  }
  return {
    place,
    ...(said === undefined ? {} : { mode: said }),
    ...(unlisted === undefined ? {} : { unlisted }),
    ...defaults?.value.values,
    exempt: exempt?.value ?? [],
    namespaces: listed?.value ?? [],
  };
}
