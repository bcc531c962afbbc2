import { stripVTControlCharacters } from 'node:util';
import type { CliHost } from '../host.ts';
import { wantsColour } from '../kit/paint.ts';
import type { LocalLog, LogLevel } from './log-host.ts';

interface Flags {
  readonly count: number;
  readonly follow?: boolean;
  readonly level?: LogLevel;
  readonly json?: boolean;
}

/** `openclaw logs`: as on the gateway's own terminal; plain into a pipe, as it was written with --json. */
export const logs = async (host: CliHost, { count, follow = false, level, json }: Flags): Promise<void> => {
  const log = await host.logs.open();
  endWithReader();
  for await (const line of log.lines({ count, follow, ...(level && { level }) })) process.stdout.write(json ? `${line}\n` : shown(log, line));
};

const shown = (log: LocalLog, line: string): string => {
  const formatted = log.format(line);
  return wantsColour() ? formatted : stripVTControlCharacters(formatted);
};

/** `openclaw logs --follow | head`: nobody reads on, and that is no failure. */
const endWithReader = (): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
};
