import type { SendRecord } from '../../ports/channel-store.ts';

/** Where a long text is cut, the best first: between paragraphs, lines, sentences, words. */
const CUTS: readonly RegExp[] = [/\n\s*\n/g, /\n/g, /[.!?…](?=\s)/g, /\s/g];

export interface TextPart {
  readonly text: string;
  /** How far into the whole text it reaches. */
  readonly to: number;
}

export interface FilePart {
  /** Its number among the files. */
  readonly file: number;
  readonly to: number;
}

/** What of a send goes out next, from where it has got to: its words first, in parts, and then each of its files. Undefined where nothing is left. */
export const nextOf = ({ text, files }: Pick<SendRecord, 'text' | 'files'>, from: number, longest: number): TextPart | FilePart | undefined => {
  const words = nextPart(text, from, longest);
  if (words) return words;
  const file = Math.max(0, from - text.length);
  return file < files.length ? { file, to: text.length + file + 1 } : undefined;
};

/** The next part of a text that is sent in parts: from a place on, and no longer than the channel takes. Undefined where nothing is left. */
export const nextPart = (text: string, from: number, longest: number): TextPart | undefined => {
  const rest = text.slice(from);
  const start = from + (rest.length - rest.trimStart().length);
  const left = text.slice(start).trimEnd();
  if (left === '') return undefined;
  if (left.length <= longest) return { text: left, to: text.length };
  const length = cutAt(left, longest);
  return { text: left.slice(0, length).trimEnd(), to: start + length };
};

/** A cut in the first half would leave a crumb: a worse kind of cut further on is better than that. */
const cutAt = (text: string, longest: number): number => {
  const window = text.slice(0, longest + 1);
  for (const cut of CUTS) {
    const last = [...window.matchAll(cut)].map(({ index, 0: found }) => index + (/\s/.test(found) ? 0 : found.length)).findLast((at) => at <= longest && at > 0);
    if (last !== undefined && last >= longest / 2) return last;
  }
  // No word is this long: anywhere but inside a character.
  const code = text.charCodeAt(longest - 1);
  return code >= 0xd800 && code <= 0xdbff && longest > 1 ? longest - 1 : longest;
};
