import { appendFileSync, mkdirSync } from 'node:fs';
import { mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { partOf } from './rotated-files.ts';

export interface RotatingFileOptions {
  readonly folder: string;
  readonly name: string;
  readonly maxBytes: number;
  /** How many files there are at most, the current one counted. */
  readonly maxFiles: number;
  readonly retryMs?: number;
}

/** A log file that never holds its process up: what the disk does not take is dropped and counted. */
export interface RotatingFile {
  write(line: string): void;
  dropped(): number;
  /** Resolves when everything written so far is on its way to the disk, or dropped. */
  flush(): Promise<void>;
  /** For the last moment of a process. */
  flushSync(): void;
  close(): Promise<void>;
}

const MOST_WAITING_BYTES = 8 * 1024 * 1024;
const RETRY_MS = 5000;
const BATCH_LINES = 512;
const MOMENT_MS = 50;

export const openRotatingFile = (options: RotatingFileOptions): RotatingFile => {
  const { folder, name, maxBytes, retryMs = RETRY_MS } = options;
  const path = join(folder, name);
  let waiting: string[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let unreported = 0;
  let handle: FileHandle | undefined;
  let size = 0;
  let checkedAt = 0;
  let brokenUntil = 0;
  let draining: Promise<void> | undefined;
  let closed = false;

  const drop = (lines: number): void => {
    dropped += lines;
    unreported += lines;
  };

  const letGo = async (): Promise<void> => {
    const old = handle;
    handle = undefined;
    await old?.close().catch(() => undefined);
  };

  const ready = async (): Promise<FileHandle> => {
    if (handle !== undefined && performance.now() - checkedAt > retryMs) {
      checkedAt = performance.now();
      if (!(await isStillThere(path, handle))) await letGo();
    }
    if (handle !== undefined && size >= maxBytes) {
      await letGo();
      await shift(options);
    }
    if (handle !== undefined) return handle;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    handle = await open(path, 'a', 0o600);
    size = (await handle.stat()).size;
    checkedAt = performance.now();
    return handle;
  };

  const writeBatch = async (lines: readonly string[]): Promise<void> => {
    if (performance.now() < brokenUntil) return drop(lines.length);
    try {
      const file = await ready();
      const note = unreported === 0 ? '' : lossNote(unreported);
      const bytes = Buffer.from(note + lines.join(''));
      await file.appendFile(bytes);
      size += bytes.length;
      if (note !== '') unreported = 0;
    } catch {
      drop(lines.length);
      brokenUntil = performance.now() + retryMs;
      await letGo();
    }
  };

  const drain = async (): Promise<void> => {
    // A moment's lines go in one write.
    await new Promise<void>((resume) => setTimeout(resume, MOMENT_MS));
    while (waiting.length > 0) {
      const lines = waiting.splice(0, BATCH_LINES);
      waitingBytes -= lines.reduce((sum, line) => sum + line.length, 0);
      await writeBatch(lines);
    }
    draining = undefined;
  };

  const flush = (): Promise<void> => draining ?? Promise.resolve();

  return {
    write: (line) => {
      if (closed || waitingBytes + line.length > MOST_WAITING_BYTES) return drop(1);
      waiting.push(line);
      waitingBytes += line.length;
      draining ??= drain();
    },
    dropped: () => dropped,
    flush,
    flushSync: () => {
      const lines = waiting;
      waiting = [];
      waitingBytes = 0;
      if (lines.length === 0) return;
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        appendFileSync(path, lines.join(''), { mode: 0o600 });
      } catch {
        drop(lines.length);
      }
    },
    close: async () => {
      closed = true;
      await flush();
      await letGo();
    },
  };
};

/** A file that was removed or moved away takes writes for ever without anybody seeing them. */
const isStillThere = async (path: string, handle: FileHandle): Promise<boolean> => {
  const [named, held] = await Promise.all([stat(path).catch(() => undefined), handle.stat()]);
  return named !== undefined && named.ino === held.ino && named.dev === held.dev;
};

/** gateway.log becomes gateway.1.log, that gateway.2.log, and the oldest is overwritten. */
const shift = async ({ folder, name, maxFiles }: RotatingFileOptions): Promise<void> => {
  const numbered = (index: number): string => partOf(folder, name, index);
  for (let index = maxFiles - 2; index >= 0; index--) await rename(numbered(index), numbered(index + 1)).catch(ignoreMissing);
  if (maxFiles === 1) await open(numbered(0), 'w').then((file) => file.close());
};

const ignoreMissing = (error: unknown): void => {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
};

const lossNote = (lines: number): string =>
  `${JSON.stringify({ level: 40, time: Date.now(), droppedLines: lines, msg: 'Lines of this log were lost: the disk did not take them' })}\n`;
