export interface LogHost {
  /** The log of this machine's gateway. Throws where none is kept. */
  open(): Promise<LocalLog>;
}

export interface LocalLog {
  /** The newest lines that are at least this grave, as they were written; with `follow`, also what comes, through every rotation. */
  lines(options: LogOptions): AsyncIterable<string>;
  /** A line as a person reads it. */
  format(line: string): string;
}

export interface LogOptions {
  readonly count: number;
  readonly follow: boolean;
  readonly level?: LogLevel;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
