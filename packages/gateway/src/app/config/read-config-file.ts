import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { ConfigError } from './config-error.ts';

export const MOST_BYTES = 5 * 1024 * 1024;

/** The text of a configuration file; undefined where there is none. Whatever is not a plain file of sane size is refused, never waited for. */
export const readConfigFile = async (file: string): Promise<string | undefined> => {
  const handle = await openOrRefuse(file);
  if (handle === undefined) return undefined;
  try {
    const bytes = await readBounded(handle, file);
    return decode(bytes, file);
  } finally {
    await handle.close();
  }
};

const openOrRefuse = async (file: string): Promise<FileHandle | undefined> => {
  try {
    // Without O_NONBLOCK, opening a pipe waits until somebody writes to it.
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ConfigError({ file }, error instanceof Error ? `cannot be read: ${error.message}` : 'cannot be read');
  }
};

const readBounded = async (handle: FileHandle, file: string): Promise<Buffer> => {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new ConfigError({ file }, `is ${stat.isDirectory() ? 'a folder' : 'not a regular file'}; a configuration must be a regular file`);
  if (stat.size > MOST_BYTES) throw new ConfigError({ file }, `is ${stat.size} bytes long; a configuration may have at most ${MOST_BYTES}`);
  const buffer = Buffer.alloc(MOST_BYTES < stat.size ? 0 : stat.size);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
};

const decode = (bytes: Buffer, file: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError({ file }, 'is not UTF-8 text; save it as UTF-8');
  }
};
