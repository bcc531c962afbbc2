/** What an agent answers to say that nobody needs to hear anything. */
const MARKS: ReadonlySet<string> = new Set(['HEARTBEAT_OK', 'NO_REPLY', 'REPLY_SKIP', 'ANNOUNCE_SKIP']);

/** The same in words. They count only where nobody asked: to a question they are an answer. */
const WORDS: ReadonlySet<string> = new Set(['nothing to report', 'nothing new to report', 'nothing to announce']);

/** What Markdown, quotes and the end of a sentence put around a word. */
const WRAPPING = /^[\s*_`"'“”[\]()<>]+|[\s*_`"'“”[\]()<>.!]+$/g;

const bare = (line: string): string => line.replaceAll(WRAPPING, '');

const isMark = (line: string): boolean => MARKS.has(bare(line).toUpperCase().replaceAll(/[ -]/g, '_'));

/**
 * What of an answer is to be sent to somebody: all of it but marks on its first and last lines; undefined where nothing is left. A mark within
 * a line is part of what is said. `asked`: somebody waits for this answer.
 */
export const toReport = (answer: string, { asked }: { readonly asked: boolean }): string | undefined => {
  const lines = answer.trim().split('\n');
  while (lines.length > 0 && isEmptyOrMark(lines[0] ?? '')) lines.shift();
  while (lines.length > 0 && isEmptyOrMark(lines.at(-1) ?? '')) lines.pop();
  const rest = lines.join('\n').trim();
  if (rest === '' || (!asked && WORDS.has(bare(rest).toLowerCase()))) return undefined;
  return rest;
};

const isEmptyOrMark = (line: string): boolean => line.trim() === '' || isMark(line);
