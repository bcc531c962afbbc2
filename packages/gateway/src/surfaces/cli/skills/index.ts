import type { Command } from 'commander';
import type { CliHost } from '../host.ts';

/** `openclaw skills …` */
export const addSkillsCommands = (program: Command, host: CliHost): void => {
  const skills = program
    .command('skills')
    .description('what the agent has learned from SKILL.md files')
    .addHelpText('after', '\nExamples:\n  $ openclaw skills list\n  $ openclaw skills install openclaw-skill-git-helper\n  $ openclaw skills install ./my-skill\n  $ openclaw skills info my-skill\n');
  skills
    .command('list')
    .description('every installed skill; + is in use, - is switched off, ! cannot be used')
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./show.ts')).skillsList(host, flags));
  skills
    .command('info')
    .description('one skill: where it is from, what it holds, what changed, what to look at')
    .argument('<name>', 'the skill, or the package it came in')
    .option('--json', 'print it as JSON, with its instructions')
    .action(async (name: string, flags) => (await import('./show.ts')).skillsInfo(host, name, flags));
  skills
    .command('install')
    .description('install the skills of an npm package, a folder, a .tgz or a git repository')
    .argument('<source>', 'name, name@version, ./folder, ./file.tgz, https://….git or file:///…')
    .option('--ref <ref>', 'the branch, tag or commit of a repository')
    .option('--json', 'print what was installed as JSON')
    .action(async (source: string, flags) => (await import('./install.ts')).skillsInstall(host, source, flags));
  skills
    .command('enable')
    .description('let the agent use a skill')
    .argument('<name>', 'the skill')
    .option('--json', 'print it as JSON')
    .action(async (name: string, flags) => (await import('./change.ts')).skillsEnable(host, name, flags));
  skills
    .command('disable')
    .description('keep a skill from the agent; it stays installed')
    .argument('<name>', 'the skill')
    .option('--json', 'print it as JSON')
    .action(async (name: string, flags) => (await import('./change.ts')).skillsDisable(host, name, flags));
  skills
    .command('remove')
    .description('take an installed skill away with its files')
    .argument('<name>', 'the skill, or the package it came in')
    .option('--json', 'print the answer as JSON')
    .action(async (name: string, flags) => (await import('./change.ts')).skillsRemove(host, name, flags));
};
