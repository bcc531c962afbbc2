import { pino, type Logger } from 'pino';
import type { Secrets } from '../../kernel/secrets.ts';
import { formatLine } from './format-line.ts';
import { hideSecretFields } from './hide-secret-fields.ts';
import { openRotatingFile, type RotatingFile } from './rotating-file.ts';

export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface LogOptions {
  /** Absent where nothing is kept in a file. */
  readonly folder?: string | undefined;
  readonly name?: string;
  readonly level: string;
  /** Absent where the terminal decides: lines for people on a screen, JSON into a pipe. */
  readonly pretty?: boolean | undefined;
  /** Absent where the terminal stays silent. */
  readonly terminal?: Terminal | undefined;
  readonly maxFileMB: number;
  readonly maxFiles: number;
  readonly secrets: Secrets;
}

export interface Log {
  readonly logger: Logger;
  /** Lines the disk did not take. */
  dropped(): number;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** The gateway's log. Every line passes one gate that takes secrets out, whichever logger or child wrote it. */
export const openLog = (options: LogOptions): Log => {
  const { level, terminal, secrets } = options;
  const file = openFile(options);
  const onScreen = terminal?.isTTY === true;
  const pretty = options.pretty ?? onScreen;
  const gate = {
    write: (line: string): void => {
      const clean = secrets.mask(hideSecretFields(line));
      file?.write(clean);
      if (file !== undefined && !onScreen && !matters(line)) return;
      terminal?.write(pretty ? formatLine(clean) : clean);
    },
  };
  const atExit = (): void => file?.flushSync();
  process.on('exit', atExit);
  return {
    logger: pino({ level, base: { pid: process.pid } }, gate),
    dropped: () => file?.dropped() ?? 0,
    flush: async () => file?.flush(),
    close: async () => {
      process.off('exit', atExit);
      await file?.close();
    },
  };
};

/** Warnings and worse. Into a pipe or a service go only those while the file has everything: a write there holds up the process. */
const matters = (line: string): boolean => /^\{"level":[456]/.test(line);

const openFile = ({ folder, name = 'gateway.log', maxFileMB, maxFiles }: LogOptions): RotatingFile | undefined =>
  folder === undefined ? undefined : openRotatingFile({ folder, name, maxBytes: maxFileMB * 1024 * 1024, maxFiles });
