export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What the floors below the app write to; the app puts a real log behind it. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export const silent: Log = () => {};
