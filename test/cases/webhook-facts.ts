import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readDocuments } from '../../src/adapters/yaml/read.ts';
import { toValue } from '../../src/core/document.ts';
import { asList, asRecord, textOf } from '../../src/core/unknown.ts';
import { type Problems, texts } from './case-folder.ts';

const BASE = fileURLToPath(new URL('../../deploy/base/', import.meta.url));
const OWN_NAMESPACE = 'portcullis-system';

/** The entries of the webhook configurations that are shipped. */
function webhooks(): Readonly<Record<string, unknown>>[] {
  const files = readdirSync(BASE).filter((file) => file.endsWith('.yaml'));
  const objects = files.flatMap((file) =>
    readDocuments({ document: file, text: readFileSync(`${BASE}${file}`, 'utf8') }).documents.map((document) =>
      asRecord(toValue(document)),
    ),
  );
  return objects.filter(({ kind }) => textOf(kind).endsWith('WebhookConfiguration')).flatMap((one) => asList(one.webhooks).map(asRecord));
}

/** What a case asks of the configuration. `productNamespace`: the name that the case gives to the namespace of the product. */
export function compareWebhooks(wanted: Readonly<Record<string, unknown>>, productNamespace: string): Problems {
  const hooks = webhooks();
  if (hooks.length === 0) return ['no webhook configuration is shipped'];
  const { key, values } = asRecord(wanted.namespaceSelectorExcludes);
  const excluded = texts(values).map((name) => (name === productNamespace ? OWN_NAMESPACE : name));
  return [
    ...(wanted.sideEffects === undefined
      ? []
      : hooks
          .filter(({ sideEffects }) => !texts(wanted.sideEffects).includes(textOf(sideEffects)))
          .map(({ name, sideEffects }) => `${name}: sideEffects ${sideEffects}`)),
    ...hooks
      .filter((hook) => excluded.length > 0 && judgesPods(hook))
      .flatMap((hook) =>
        excluded.filter((name) => !excludes(hook, textOf(key), name)).map((name) => `${hook.name} does not leave out ${name}`),
      ),
  ];
}

function judgesPods(hook: Readonly<Record<string, unknown>>): boolean {
  return asList(hook.rules).some((rule) => texts(asRecord(rule).resources).includes('pods'));
}

function excludes(hook: Readonly<Record<string, unknown>>, key: string, name: string): boolean {
  return asList(asRecord(hook.namespaceSelector).matchExpressions)
    .map(asRecord)
    .some((expression) => expression.key === key && expression.operator === 'NotIn' && texts(expression.values).includes(name));
}
