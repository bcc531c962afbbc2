import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const HEARTBEAT_FILE = 'HEARTBEAT.md';
/** What more of it stands there is nobody's checklist. */
const LONGEST = 20_000;

/** What an agent is to look after; undefined where the file is missing, or holds nothing but headings, comments and empty boxes. */
export const readHeartbeatFile = async (folder: string): Promise<string | undefined> => {
  const text = (await readFile(join(folder, HEARTBEAT_FILE), 'utf8').catch(() => '')).slice(0, LONGEST);
  return saysAnything(text) ? text.trim() : undefined;
};

/** A heading, the marks of a list or a quote, an empty box to tick, a ruler, a fence. */
const EMPTY_LINE = /^(?:#{1,6}(?:\s.*)?|[-*+>\s]*(?:\[[ xX]?\])?|[-*_=]{3,}|[`~]{3,}.*)$/;

export const saysAnything = (markdown: string): boolean =>
  markdown.replaceAll(/<!--[\s\S]*?(?:-->|$)/g, '').split('\n').some((line) => !EMPTY_LINE.test(line.trim()));
