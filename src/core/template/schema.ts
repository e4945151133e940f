import { templateDocument } from './grammar.ts';
import type { JsonSchema } from './shape.ts';

/** The JSON Schema (draft 2020-12) of one document of the template, for editors and for the reference page. It comes from the grammar that reads. */
export function templateSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://portcullis.dev/schemas/port-template-v1alpha1.json',
    title: 'PortTemplate',
    description: 'The connections that are permitted in a cluster.',
    $comment: 'The words off and on are meant as written, as YAML 1.2 reads them.',
    ...templateDocument.schema,
  };
}
