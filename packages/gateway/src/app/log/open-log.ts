import { pino, type Logger } from 'pino';
import type { Log } from '../../kernel/log.ts';
import type { Secrets } from '../../kernel/secrets.ts';
import { formatLine } from './format-line.ts';
import { hideSecretFields } from './hide-secret-fields.ts';
import { openRotatingFile, type RotatingFile } from './rotating-file.ts';
import { unhurriedLines } from './unhurried-lines.ts';

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

export interface OpenLog {
  readonly logger: Logger;
  /** What the floors below write to. */
  readonly log: Log;
  /** Lines the disk did not take. */
  dropped(): number;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** The gateway's log. Every line passes one gate that takes secrets out, whichever logger or child wrote it. */
export const openLog = (options: LogOptions): OpenLog => {
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
  let at: number | undefined;
  const logger = pino({ level, base: { pid: process.pid }, timestamp: () => `,"time":${at ?? Date.now()}` }, gate);
  const lines = unhurriedLines((line) => {
    at = line.at;
    logger[line.level](line.fields, line.message);
    at = undefined;
  });
  const atExit = (): void => {
    lines.flush();
    file?.flushSync();
  };
  process.on('exit', atExit);
  return {
    logger,
    log: (line, message, fields) => {
      if (logger.isLevelEnabled(line)) lines.log(line, message, fields);
    },
    dropped: () => file?.dropped() ?? 0,
    flush: async () => {
      lines.flush();
      await file?.flush();
    },
    close: async () => {
      process.off('exit', atExit);
      lines.flush();
      await file?.close();
    },
  };
};

/** Warnings and worse. Into a pipe or a service go only those while the file has everything: a write there holds up the process. */
const matters = (line: string): boolean => /^\{"level":[456]/.test(line);

const openFile = ({ folder, name = 'gateway.log', maxFileMB, maxFiles }: LogOptions): RotatingFile | undefined =>
  folder === undefined ? undefined : openRotatingFile({ folder, name, maxBytes: maxFileMB * 1024 * 1024, maxFiles });
