/** What a model, a file or another program wrote, safe for a terminal: no escape sequence, no carriage return, no bell. */
export const plain = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

/** On one line as well. */
export const plainLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');

/** Text that others wrote, whole into a file or a pipe, without its control characters to a terminal. */
export const writeText = (text: string): void => void process.stdout.write(process.stdout.isTTY ? plain(text) : text);

export const writeLines = (lines: readonly string[]): void => {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
};

/** JSON leaves the C1 control characters as they are; a terminal would obey them. */
export const toJson = (value: unknown): string =>
  `${JSON.stringify(value, undefined, 2)}\n`.replace(/[\u007f-\u009f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);

export const writeJson = (value: unknown): void => void process.stdout.write(toJson(value));

/** Somebody is there to be asked. */
export const canAsk = (): boolean => Boolean(process.stdin.isTTY && process.stderr.isTTY);

/** A question on the terminal; anything but a clear yes is a no, and so is leaving. */
export const confirm = async (question: string): Promise<boolean> => {
  const { createInterface } = await import('node:readline');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await new Promise<string>((resolve) => {
    asking.once('close', () => resolve(''));
    asking.once('SIGINT', () => asking.close());
    asking.question(`${question} [y/N] `, resolve);
  });
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
};
