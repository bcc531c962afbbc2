import type { Log, LogLevel } from '../../kernel/log.ts';

export interface Line {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** When it was said, in epoch milliseconds. */
  readonly at: number;
}

export interface UnhurriedLines {
  readonly log: Log;
  /** Writes what waits. */
  flush(): void;
}

const MOMENT_MS = 50;
const MOST_WAITING = 1_000;

/**
 * Lines of everyday business, written a moment's worth at a time: one by one, between the requests they tell of, each costs several times as
 * much. What matters is written at once, after what was said before it.
 */
export const unhurriedLines = (write: (line: Line) => void): UnhurriedLines => {
  let waiting: Line[] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const lines = waiting;
    waiting = [];
    for (const line of lines) write(line);
  };

  return {
    log: (level, message, fields = {}) => {
      waiting.push({ level, message, fields, at: Date.now() });
      if (level === 'warn' || level === 'error' || waiting.length >= MOST_WAITING) flush();
      else timer ??= setTimeout(flush, MOMENT_MS);
    },
    flush,
  };
};
