import { type Command, Option } from 'commander';
import { writeDocuments } from '../adapters/yaml/write.ts';
import type { Authority } from '../core/authority.ts';
import { connectionGraph } from '../core/graph/template-graph.ts';
import { renderTemplate } from '../core/template/render.ts';
import { templateSchema } from '../core/template/schema.ts';
import { DRAWN_FORMATS, type DrawnFormat, draw, isDrawn } from './draw.ts';
import type { Io } from './io.ts';
import { loadTemplate } from './load-template.ts';
import type { DefineCommand } from './program.ts';
import { templateTable } from './template-table.ts';

/** `portcullis template`: what a template says, without a cluster. */
export const defineTemplate: DefineCommand = (program, io) => {
  const template = program.command('template').description('Validate or show a template, or print its JSON Schema');
  defineValidate(template, io);
  defineShow(template, io);
  defineSchema(template, io);
};

function defineValidate(template: Command, io: Io): void {
  template
    .command('validate')
    .description('Check a template; every mistake is reported with its place and what would be right')
    .argument('<path>', 'a file or folder with the template')
    .addHelpText(
      'after',
      `
Examples:
  portcullis template validate template.yaml
  portcullis template validate templates/

Exit codes: 0 valid, 2 not valid or not readable.`,
    )
    .action(async (path: string) => io.out(`${path}: valid, ${sizeOf(await loadTemplate(path))}\n`));
}

function defineShow(template: Command, io: Io): void {
  template
    .command('show')
    .description('Print the merged template: each namespace with its mode, where the mode comes from, its rules and ports')
    .argument('<path>', 'a file or folder with the template')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json', 'yaml', ...DRAWN_FORMATS]).default('table'))
    .addHelpText(
      'after',
      `
Examples:
  portcullis template show template.yaml
  portcullis template show templates/ -o yaml      one document that says the same as all of them
  portcullis template show template.yaml -o dot        the permitted connections as a graph (Graphviz; mermaid for Markdown)
  portcullis template show template.yaml -o svg > template.svg

Exit codes: 0 printed, 2 the template is not valid or cannot be read.`,
    )
    .action(async (path: string, { output }: { readonly output: 'table' | 'json' | 'yaml' | DrawnFormat }) => {
      const authority = await loadTemplate(path);
      if (isDrawn(output)) return drawTemplate(authority, output, io);
      io.out(output === 'table' ? `${templateTable(authority, io)}\n${sizeOf(authority)}\n` : rendered(authority, output));
    });
}

/** Without a cluster: a pattern stands for the namespaces that it means, and nobody knows the addresses of the API server. */
async function drawTemplate(authority: Authority, format: DrawnFormat, io: Io): Promise<void> {
  const { namespaces } = authority.template;
  const peers = namespaces.flatMap(({ rules }) => rules.flatMap((rule) => rule.peers));
  const named = peers.flatMap((peer) => (peer.kind === 'pods' && peer.namespace !== undefined ? [peer.namespace] : []));
  const names = [...new Set([...namespaces.map(({ name }) => name), ...named])];
  if (peers.some(({ kind }) => kind === 'apiServer')) {
    io.err('portcullis: connections to the API server are not drawn: no cluster says its addresses\n');
  }
  const graph = connectionGraph(authority, { namespaces: names, apiServer: [] });
  io.out(await draw({ title: 'What the template permits', graph }, format));
}

function defineSchema(template: Command, io: Io): void {
  template
    .command('schema')
    .description('Print the JSON Schema of a template document, for the completion of editors')
    .addHelpText(
      'after',
      `
Example:
  portcullis template schema > port-template.schema.json

An editor takes it from the first line of a template: # yaml-language-server: $schema=port-template.schema.json

Exit codes: 0 printed, 2 wrong usage.`,
    )
    .action(() => io.out(`${JSON.stringify(templateSchema(), null, 2)}\n`));
}

function rendered({ template }: Authority, output: 'json' | 'yaml'): string {
  const document = renderTemplate(template);
  return output === 'json' ? `${JSON.stringify(document, null, 2)}\n` : writeDocuments([document]);
}

function sizeOf({ template }: Authority): string {
  const rules = template.namespaces.reduce((sum, namespace) => sum + namespace.rules.length, 0);
  return `${counted(template.namespaces.length, 'namespace')}, ${counted(rules, 'rule')}, hash ${template.hash}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
