import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { SkillSource } from '../../../engine/ports/skill-source.ts';
import { LIMITS } from '../kit/limits.ts';
import { refused, shown } from '../kit/refused.ts';
import { unpackTarball } from '../kit/unpack-tar.ts';

/** A `.tgz` on the gateway's own disk. */
export const archiveSkills: SkillSource<{ readonly path: string }> = {
  fetch: async ({ path }, into, signal) => {
    const bytes = await readArchive(path);
    await unpackTarball(bytes, into, signal);
    return { from: path, version: undefined, integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}` };
  },
};

const readArchive = async (path: string): Promise<Uint8Array> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => {
    throw refused(`there is no file ${shown(path)} that the gateway can read`);
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw refused(`${shown(path)} is no file`);
    if (stat.size > LIMITS.archiveBytes) throw refused(`it is larger than ${LIMITS.archiveBytes} bytes`);
    const bytes = Buffer.alloc(stat.size);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};
