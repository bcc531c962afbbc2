import type { Argument, Command, Option } from 'commander';

/** A command as completion needs it. */
export interface Place {
  /** The words that lead here: `gateway run`; '' for the program itself. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly flags: readonly Flag[];
  /** What its first argument may be; undefined: a file, or anything. */
  readonly choices: readonly string[] | undefined;
}

interface Word {
  readonly name: string;
  readonly about: string;
}

interface Flag extends Word {
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** Every command of the program, read off its own description. */
export const readCommands = (command: Command, path = ''): readonly Place[] => {
  const visible = command.commands.filter((one) => !('_hidden' in one && one._hidden === true));
  const below = visible.flatMap((one) => readCommands(one, `${path} ${one.name()}`.trim()));
  const help = visible.length > 0 ? [{ name: 'help', about: 'show help' }] : [];
  return [
    {
      path,
      commands: [...visible.map((one) => ({ name: one.name(), about: firstWords(one.description()) })), ...help],
      flags: [...command.options.filter(({ hidden }) => !hidden).flatMap(toFlags), { name: '--help', about: 'show help', takesValue: false, choices: [] }],
      choices: choicesOf(command.registeredArguments[0]),
    },
    ...below,
  ];
};

const toFlags = ({ short, long, description, required, optional, argChoices }: Option): readonly Flag[] =>
  [long, short].filter((name) => name !== undefined).map((name) => ({ name, about: firstWords(description), takesValue: required || optional, choices: argChoices ?? [] }));

const choicesOf = (argument: Argument | undefined): readonly string[] | undefined => argument?.argChoices;

/** Short, and without what a shell would read in it. */
const firstWords = (text: string): string => (text.split(/[;(]|\. /)[0] ?? '').replace(/[^\p{L}\p{N} .,/-]/gu, '').trim().slice(0, 60);
