import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GatewayError } from '@openclaw/contract/errors';
import type { TarHeader } from 'modern-tar';
import { LIMITS } from './limits.ts';
import { refused, shown } from './refused.ts';
import { StagedTree } from './staged-tree.ts';

/** Headers, padding and the end of an archive with the most of everything. */
const LONGEST_TAR = LIMITS.totalBytes + (LIMITS.files + LIMITS.folders) * 2_048 + 64 * 1024;
const LITTLE = 1024 * 1024;

/** Unpacks a gzipped tar from memory: exactly these bytes, and no more of them than a package may be. */
export const unpackTarball = async (packed: Uint8Array, into: string, signal: AbortSignal): Promise<void> => {
  if (packed[0] !== 0x1f || packed[1] !== 0x8b) throw refused('it is not a gzipped tar');
  await unpackTar(gunzipped(packed), into, signal);
};

/** Unpacks a tar into an empty folder. Anything in it but files and folders is refused. */
export const unpackTar = async (tar: AsyncIterable<Uint8Array>, into: string, signal: AbortSignal): Promise<void> => {
  const { createTarDecoder } = await import('modern-tar');
  await using tree = new StagedTree(into);
  // Strict: a header that is broken ends it, instead of being looked for further on.
  const decoder = createTarDecoder({ strict: true });
  try {
    for await (const { header, body } of ReadableStream.from(bounded(tar, signal)).pipeThrough(decoder)) {
      const path = checked(header);
      if (header.type === 'directory') await tree.addFolder(path);
      else await tree.addFile(path, body, ((header.mode ?? 0) & 0o100) !== 0);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw asRefusal(thrown);
  }
  await tree.finish();
};

/** Only what the archive itself is to blame for is a refusal; a full disk is not. */
const asRefusal = (thrown: unknown): unknown => {
  if (thrown instanceof GatewayError || !(thrown instanceof Error)) return thrown;
  const isOurs = 'syscall' in thrown;
  return isOurs ? thrown : refused(`its archive is broken (${thrown.message.slice(0, 100)})`);
};

const checked = ({ name, type, pax }: TarHeader): string => {
  if (type !== 'file' && type !== 'directory') throw refused(`it holds something that is neither file nor folder: ${shown(name)} (${type ?? 'unknown'})`);
  if (Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse.'))) throw refused(`it holds a file with holes: ${shown(name)}`);
  return name;
};

async function* bounded(tar: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of tar) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > LONGEST_TAR) throw refused(`it unpacks to more than ${LIMITS.totalBytes} bytes`);
    yield chunk;
  }
}

async function* gunzipped(packed: Uint8Array): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const done = pipeline(Readable.from([packed]), gunzip);
  // Its failure comes out of the loop below as well.
  done.catch(() => {});
  let bytes = 0;
  for await (const chunk of gunzip) {
    // A gunzip without an encoding hands over bytes.
    const part = chunk as Uint8Array;
    bytes += part.length;
    if (bytes > LITTLE && bytes > packed.length * LIMITS.ratio) throw refused('it unpacks to far more than it is');
    yield part;
  }
}
