import { describe, expect, it } from 'vitest';
import { MISCONFIGURATIONS } from '../../../src/core/misconfigurations.ts';
import { run, withFiles } from '../../support/cli.ts';

const COMMANDS = ['serve', 'agent', 'run', 'scan', 'check', 'generate', 'apply', 'policies', 'release', 'explain', 'learn', 'preview'];
const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: here
clusters: [{name: here, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: me, user: {token: t}}]
contexts: [{name: here, context: {cluster: here, user: me}}, {name: there, context: {cluster: here, user: me}}]
`;

/** The ways to go on without their descriptions, and the directive. The last word is at the cursor. */
async function complete(...words: string[]) {
  const { code, out, err } = await run(['__complete', '--', ...words]);
  const lines = out.trimEnd().split('\n');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return { values: lines.slice(0, -1).map((line) => line.split('\t')[0]), directive: lines.at(-1) };
}

describe('how a line can go on', () => {
  const table: Record<string, [words: readonly string[], values: readonly string[], directive: string]> = {
    'with a command': [['ch'], ['check'], ':4'],
    'with no command that does not exist': [['nothing'], [], ':4'],
    'with the command inside a command': [['template', 's'], ['show', 'schema'], ':4'],
    'with the name of a command behind help': [['help', 'te'], ['template'], ':4'],
    'with an option of the command': [['check', '--st'], ['--strict'], ':4'],
    'with options that are not given yet': [['check', '--mode', 'audit', '--mo'], [], ':4'],
    'again with an option that can be said many times': [['explain', 'a', '--manifests', 'x', '--man'], ['--manifests'], ':4'],
    'with a short option': [['check', '-n'], ['-n'], ':4'],
    'with a value of an option': [['check', '--mode', ''], ['enforce', 'audit'], ':4'],
    'with a value behind an equals sign': [['check', '--mode=e'], ['--mode=enforce'], ':4'],
    'with a value that only the help names': [['scan', '-o', 'w'], ['wide'], ':4'],
    'with no value behind an option that takes it only behind an equals sign': [['apply', '--dry-run', '--di'], ['--diff'], ':4'],
    'with the values of an option that may do without': [
      ['apply', '--dry-run='],
      ['--dry-run=none', '--dry-run=client', '--dry-run=server'],
      ':4',
    ],
    'with the next part of a list': [
      ['check', '--ignore', 'host-port,probe-un'],
      ['host-port,probe-undeclared', 'host-port,probe-unknown'],
      ':4',
    ],
    'with files': [['check', ''], [], ':0'],
    'with files for an option': [['apply', '--template', 'te'], [], ':0'],
    'with folders for an option': [['certs', '--dir', ''], [], ':16'],
    'with nothing that could be known': [['serve', '--port', ''], [], ':4'],
    'with nothing behind a value that looks like an option': [['release', '--reason', '--x', '--rea'], [], ':4'],
    'with files for many values': [['explain', 'a', '--manifests', 'x', ''], [], ':0'],
    'with an option after many values': [['explain', 'a', '--manifests', 'x', '--temp'], ['--template'], ':4'],
    'with no option behind two dashes': [['check', '--', '--st'], [], ':0'],
    'with nothing behind the last argument': [['template', 'validate', 'a.yaml', ''], [], ':4'],
    'with the name of a shell': [['completion', ''], ['bash', 'zsh', 'fish'], ':4'],
  };
  it.each(Object.entries(table))('%s', async (_, [words, values, directive]) => {
    expect(await complete(...words)).toEqual({ values, directive });
  });

  it('offers every command that the help shows, each with what it does, and none that is hidden', async () => {
    const { out } = await run(['__complete', '--', '']);
    const names = out.split('\n').map((line) => line.split('\t')[0]);
    expect(names).toEqual(expect.arrayContaining([...COMMANDS, 'template', 'completion', 'help']));
    expect(names).not.toContain('__complete');
    expect(names).not.toContain('probe');
    expect(out).toContain('check\tJudge manifests, Helm output or stdin with a template, without a cluster\n');
  });

  it('knows every misconfiguration', async () => {
    expect((await complete('check', '--ignore', '')).values).toEqual(MISCONFIGURATIONS.map(({ code }) => code));
  });

  it('knows the contexts of the kubeconfig that the line names', async () => {
    await withFiles({ config: KUBECONFIG }, async (folder) => {
      const config = `${folder}/config`;
      expect(await complete('scan', '--kubeconfig', config, '--context', '')).toEqual({ values: ['here', 'there'], directive: ':4' });
      expect(await complete('scan', '--kubeconfig', config, '--context=t')).toEqual({ values: ['--context=there'], directive: ':4' });
      expect(await complete('scan', '--kubeconfig', `${folder}/none`, '--context', '')).toEqual({ values: [], directive: ':4' });
    });
  });

  it('is silent where the cluster does not answer', { timeout: 60_000 }, async () => {
    await withFiles({ config: KUBECONFIG }, async (folder) => {
      for (const words of [
        ['apply', '--kubeconfig', `${folder}/config`, ''],
        ['scan', '--kubeconfig', `${folder}/none`, '-n', ''],
      ]) {
        expect(await complete(...words)).toEqual({ values: [], directive: ':4' });
      }
    });
  });
});
