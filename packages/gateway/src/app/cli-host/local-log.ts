import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError } from '../../surfaces/cli/host.ts';
import { type LocalLog, LOG_LEVELS, type LogLevel, type LogOptions } from '../../surfaces/cli/logs/log-host.ts';
import { loadConfig } from '../config/load-config.ts';
import { followParts } from '../log/follow-parts.ts';
import { formatLine } from '../log/format-line.ts';
import { endOfLines, linesBackwards } from '../log/read-lines.ts';
import { type LogParts, logParts } from '../log/rotated-files.ts';
import { type Environment, stateFolder } from '../state/state-folder.ts';
import { isHere } from './local-token.ts';

/** The log that the gateway of this state directory keeps. */
export const openLocalLog = async (env: Environment): Promise<LocalLog> => {
  if (!isHere(env['OPENCLAW_URL'])) throw new CliError(`A log is kept on the machine of its gateway, and OPENCLAW_URL names another one (${env['OPENCLAW_URL']}). Run openclaw logs there, or unset OPENCLAW_URL.`);
  const place = await placeOf(env);
  const parts = logParts(place.folder, place.name);
  return { format: (line) => formatLine(line), lines: (options) => read(parts, join(place.folder, place.name), options) };
};

const placeOf = async (env: Environment): Promise<{ readonly folder: string; readonly name: string }> => {
  // Whoever mends a broken configuration wants to read what the gateway said of it.
  const loaded = await loadConfig({ env }).catch(() => undefined);
  if (loaded === undefined) return { folder: stateFolder(env).logs, name: 'gateway.log' };
  const { file } = loaded.settings.logging;
  if (file === undefined) throw new CliError(`No log is kept: logging.file is false in ${loaded.file}. To keep one: openclaw config set logging.file true`);
  return file;
};

async function* read(parts: LogParts, path: string, options: LogOptions): AsyncGenerator<string> {
  const opened = await parts.open();
  const [newest, ...older] = opened;
  if (newest === undefined) throw new CliError(`There is no log yet: ${path} is made when the gateway starts (openclaw gateway start), in ${dirname(path)}`);
  const wanted = atLeast(options.level);
  const end = await endOfLines(newest);
  try {
    yield* (await newestLines([[newest, end], ...(await Promise.all(older.map(async (part) => [part, await endOfLines(part)] as const)))], options.count, wanted)).toReversed();
  } finally {
    await Promise.all(older.map((part) => part.close()));
    if (!options.follow) await newest.close();
  }
  if (options.follow) for await (const line of followParts(parts, newest, end)) if (wanted(line)) yield line;
}

const newestLines = async (parts: readonly (readonly [part: FileHandle, end: number])[], count: number, wanted: (line: string) => boolean): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const [part, end] of parts) {
    for await (const line of linesBackwards(part, end)) {
      if (found.length === count) return found;
      if (wanted(line)) found.push(line);
    }
  }
  return found;
};

/** pino counts levels in tens. */
const atLeast = (level: LogLevel | undefined): ((line: string) => boolean) => {
  if (level === undefined) return () => true;
  const least = (LOG_LEVELS.indexOf(level) + 1) * 10;
  return (line) => Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? 0) >= least;
};
