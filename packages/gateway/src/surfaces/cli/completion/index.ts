import { Argument, type Command } from 'commander';

/** `openclaw completion …` */
export const addCompletionCommand = (program: Command): void => {
  program
    .command('completion')
    .description('print the script that completes commands in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', '\nExamples:\n  $ source <(openclaw completion bash)                               (in ~/.bashrc; zsh the same in ~/.zshrc)\n  $ openclaw completion fish > ~/.config/fish/completions/openclaw.fish\n')
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('./scripts.ts');
      process.stdout.write(completionScript(program, shell));
    });
};
