import { expect, it } from 'vitest';
import { run, withFiles } from '../../support/cli.ts';

/** Mistakes at the prompt: each says what is wrong and what would be right, and leaves with 2 before anything is asked or printed. */

const HINT = '(--help tells more)';

it.each<[string, string]>([
  ['chekc', `unknown command 'chekc'; did you mean check?\n${HINT}`],
  ['help scna', `unknown command 'scna'; did you mean scan?\n${HINT}`],
  ['template vaildate x', `unknown command 'vaildate'; did you mean validate?\n${HINT}`],
  ['check --template t.yaml --outptu json', `unknown option '--outptu'; did you mean --output?\n${HINT}`],
  ['check a.yaml', `--template <path> is missing\n${HINT}`],
  ['check --template', `--template <path>: its value is missing\n${HINT}`],
  ['template validate', `PATH is missing\n${HINT}`],
  ['template validate a b', `too many arguments for 'validate'. Expected 1 argument but got 2.\n${HINT}`],
  ['check --template t.yaml -o foo a.yaml', `--output foo: write one of table, json, yaml, sarif, junit, github\n${HINT}`],
  ['apply --template t.yaml --dry-run=foo', `--dry-run foo: write one of none, client, server\n${HINT}`],
  ['policies --by foo', `--by foo: write one of workload, namespace\n${HINT}`],
  ['completion tcsh', `tcsh: write one of bash, zsh, fish\n${HINT}`],
  ['scan --engine foo', '--engine foo: write one of auto, nmap, connect, off'],
  ['scan --inside foo', '--inside foo: write one of auto, agent, exec, ephemeral, off'],
  ['run --engine foo', '--engine foo: write one of auto, nmap, connect, off'],
  ['run --template t.yaml --scan-target shop/api', expect.stringContaining('--scan-target shop/api: write NAMESPACE/POD=ADDRESS')],
  ['generate --template t.yaml --api-server api.example', '--api-server api.example: write an IP address, like 10.0.0.1'],
  ['explain a --api-server 10.0.0', '--api-server 10.0.0: write an IP address, like 10.0.0.1'],
  ['generate --template t.yaml --api-server fe80::1%eth0', '--api-server fe80::1%eth0: write an IP address, like 10.0.0.1'],
  ['generate --template t.yaml --api-server ::ffff:10.0.0.1', '--api-server ::ffff:10.0.0.1: write an IP address, like 10.0.0.1'],
])('portcullis %s', async (line, said) => {
  const ran = await run(line.split(' '));
  const message = typeof said === 'string' ? `portcullis: ${said}\n` : said;
  expect(ran).toEqual({ code: 2, out: '', err: message });
});

it('a folder for policies that is a file is named', async () => {
  await withFiles({ 't.yaml': TEMPLATE, out: '' }, async (folder) => {
    const ran = await run(['generate', '--template', `${folder}/t.yaml`, '--output', `${folder}/out`], { folder });
    const why = 'the folder DIR/out cannot be used: a part of the path is a file, not a folder';
    expect(ran).toEqual({ code: 2, out: '', err: `portcullis: ${why}\n` });
  });
});

const TEMPLATE = `apiVersion: portcullis.dev/v1alpha1
kind: PortTemplate
mode: enforce
unlisted: audit
namespaces: [{name: shop}]
`;
