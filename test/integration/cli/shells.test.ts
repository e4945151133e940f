import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** A build reads thousands of files, and every completion starts the program. */
const PATIENCE = { timeout: 120_000 };

let folder: string;

/** The bundle under its three names on the PATH, and a folder with files to complete. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-shells-'));
  await mkdir(join(folder, 'bin'));
  await run(process.execPath, ['build.mjs', join(folder, 'portcullis.js')]);
  for (const name of ['portcullis', 'kubectl-portcullis', 'kubectl_complete-portcullis']) {
    await symlink(join(folder, 'portcullis.js'), join(folder, 'bin', name));
  }
  await mkdir(join(folder, 'work', 'manifests'), { recursive: true });
  await writeFile(join(folder, 'work', 'template.yaml'), '');
}, PATIENCE.timeout);

afterAll(() => rm(folder, { recursive: true, force: true }));

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

/** What a program prints in the folder of files; it finds ours and a HOME of its own. */
async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`, HOME: folder, TERM: 'dumb', LC_ALL: 'C.UTF-8' };
  return (await run(program, [...args], { cwd: join(folder, 'work'), env, timeout: PATIENCE.timeout })).stdout;
}

/** The words of bash for a line, broken as readline breaks them at `=` and `:`. */
function bashCase(line: string): string {
  const words = line.split(/ +|(?<=[=:])|(?=[=:])/);
  return `COMP_LINE='${line}' COMP_POINT=${line.length} COMP_CWORD=${words.length - 1}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMPREPLY=(); __portcullis_complete 2> /dev/null; echo "\${COMPREPLY[*]}"\n`;
}

describe.skipIf(!has('bash'))('bash', () => {
  const table: readonly (readonly [line: string, offered: string])[] = [
    ['portcullis ch', 'check'],
    ['portcullis template s', 'show schema'],
    ['portcullis check --mo', '--mode'],
    ['portcullis check --mode ', 'enforce audit'],
    ['portcullis check --mode=e', 'enforce'],
    ['portcullis check --template te', 'template.yaml'],
    ['portcullis check --template=te', 'template.yaml'],
    ['portcullis check --template template.yaml m', 'manifests'],
    ['portcullis certs --dir ', 'manifests'],
    ['portcullis serve --port ', ''],
  ];

  it('completes the line', PATIENCE, async () => {
    const script = `COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'; source <(portcullis completion bash)\n${table.map(([line]) => bashCase(line)).join('')}`;
    const offered = (await outputOf('bash', ['--norc', '--noprofile', '-c', script])).split('\n');
    expect(table.map(([line], index) => [line, offered[index]])).toEqual(table);
  });

  it('is told to use the function for the program', PATIENCE, async () => {
    const printed = await outputOf('bash', ['--norc', '-c', 'source <(portcullis completion bash); complete -p portcullis']);
    expect(printed).toBe('complete -F __portcullis_complete portcullis\n');
  });
});

describe.skipIf(!has('fish'))('fish', () => {
  const table: readonly (readonly [line: string, offered: readonly string[]])[] = [
    ['portcullis ch', ['check']],
    ['portcullis template s', ['schema', 'show']],
    ['portcullis check --mo', ['--mode']],
    ['portcullis check --mode ', ['audit', 'enforce']],
    ['portcullis check --mode=e', ['--mode=enforce']],
    ['portcullis check --template te', ['template.yaml']],
    ['portcullis check --template=te', ['--template=template.yaml']],
    ['portcullis certs --dir ', ['manifests/']],
    ['portcullis serve --port ', []],
  ];

  it('completes the line', PATIENCE, async () => {
    const lines = table.map(([line]) => `complete -C '${line}'; echo .`).join('\n');
    const printed = await outputOf('fish', ['--no-config', '-c', `portcullis completion fish | source\n${lines}`]);
    const offered = printed
      .split('.\n')
      .slice(0, -1)
      .map((part) => part.split('\n').flatMap((one) => (one === '' ? [] : [one.split('\t')[0]])));
    expect(table.map(([line], index) => [line, [...(offered[index] ?? [])].sort()])).toEqual(table);
  });
});

describe.skipIf(!has('zsh'))('zsh', () => {
  /** What is typed, each tab where the person presses it, and what stands there then. */
  const table: readonly (readonly [typed: string, line: string])[] = [
    ['portcullis che\t', 'portcullis check '],
    ['portcullis template sc\t', 'portcullis template schema '],
    ['portcullis check --mo\t', 'portcullis check --mode '],
    ['portcullis check --mode e\t', 'portcullis check --mode enforce '],
    ['portcullis check --mode=e\t', 'portcullis check --mode=enforce '],
    ['portcullis check --template te\t', 'portcullis check --template template.yaml '],
    ['portcullis check --template=te\t', 'portcullis check --template=template.yaml '],
    ['portcullis certs --dir m\t', 'portcullis certs --dir manifests/'],
  ];

  /** A zsh that a person could sit at; ^X writes the line that stands there to a file and clears it. */
  const SETUP = `PS1='' PS2=''; autoload -Uz compinit; compinit -u -D; unsetopt zle_bracketed_paste 2> /dev/null
source <(portcullis completion zsh); keep() { print -r -- "$BUFFER" >> lines; BUFFER= }; zle -N keep; bindkey '^X' keep; bindkey '^I' complete-word; : > lines`;

  it('completes the line', PATIENCE, async () => {
    const typed = table.map(([keys]) => `zpty -w -n shell $'${keys.replaceAll('\t', '\\t')}\\x18'; await`).join('\n');
    const script = `zmodload zsh/zpty zsh/system; integer wanted=0
await() { (( wanted += 1 )); while [[ $(wc -l < lines) -lt $wanted ]]; do zpty -r -t shell > /dev/null; sleep 0.05; done }
zpty -b shell zsh -f -i
zpty -w shell ${JSON.stringify(SETUP).replaceAll('$', '\\$').replaceAll('\\n', '; ')}
until [[ -e lines ]]; do zpty -r -t shell > /dev/null; sleep 0.05; done
${typed}
zpty -d shell; cat lines`;
    const lines = (await outputOf('zsh', ['-f', '-c', script])).split('\n');
    expect(table.map(([keys], index) => [keys, lines[index]])).toEqual(table);
  });
});

describe('the plugin of kubectl', () => {
  it('has its name in its help', PATIENCE, async () => {
    const help = await outputOf('kubectl-portcullis', ['check', '--help']);
    expect(help).toContain('Usage: kubectl portcullis check [options] [paths...]\n');
    expect(help).toContain('  helm template shop ./chart | kubectl portcullis check --template template.yaml -n shop -\n');
    expect(help.match(/^ +portcullis /gm)).toBeNull();
  });

  it('answers how a line can go on, by the name that kubectl calls', PATIENCE, async () => {
    expect(await outputOf('kubectl_complete-portcullis', ['check', '--mode', ''])).toBe('enforce\naudit\n:4\n');
  });
});
