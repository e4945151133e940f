import { Argument } from 'commander';
import type { DefineCommand } from './program.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, () => Promise<string>>> = {
  bash: async () => (await import('./completion/bash.ts')).BASH,
  zsh: async () => (await import('./completion/zsh.ts')).ZSH,
  fish: async () => (await import('./completion/fish.ts')).FISH,
};

const HELP = `
The shell then completes commands, options, their values and the names of files, and asks the cluster that the line means for
namespaces and pods. Where the cluster does not answer, nothing is offered.

Examples:
  portcullis completion bash > ~/.local/share/bash-completion/completions/portcullis
  portcullis completion zsh > ~/.zfunc/_portcullis       (a folder of the fpath, set before compinit)
  portcullis completion fish > ~/.config/fish/completions/portcullis.fish

For this shell only: source <(portcullis completion bash), and the same with zsh.

kubectl completes "kubectl portcullis" by itself, once a file named kubectl_complete-portcullis is on the PATH beside
kubectl-portcullis: both are links to portcullis. npm install makes them.

Exit codes: 0 printed, 2 wrong usage.`;

/** `portcullis completion`: what makes a shell complete the command line. */
export const defineCompletion: DefineCommand = (program, io) => {
  program
    .command('completion')
    .description('Print what makes a shell complete the command line')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', HELP)
    .action(async (shell: Shell) => io.out(await SCRIPTS[shell]()));
};
