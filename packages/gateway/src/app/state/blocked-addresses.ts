import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { BlockedAddresses } from '../../engine/access/index.ts';
import { writeFileAtomic } from '../../kernel/atomic-write.ts';
import type { Log } from '../../kernel/log.ts';

const File = z.array(z.tuple([z.string().max(100), z.number()])).max(20_000);
const SOON_MS = 200;

/** Addresses that guessed at credentials too often, kept in the state directory: a restart must not give them another try. */
export const blockedAddresses = async (root: string, log: Log, now: () => number = Date.now): Promise<BlockedAddresses> => {
  const file = join(root, 'blocked-addresses.json');
  const text = await readFile(file, 'utf8').catch(() => '[]');
  let timer: NodeJS.Timeout | undefined;
  const write = (blocked: ReadonlyMap<string, number>): void => {
    timer = undefined;
    writeFileAtomic(file, JSON.stringify([...blocked].filter(([, until]) => until > now()))).catch((thrown: unknown) => {
      log('warn', 'blocked addresses could not be kept', { cause: String(thrown) });
    });
  };
  return {
    known: new Map(parse(text).filter(([, until]) => until > now())),
    keep: (blocked) => {
      timer ??= setTimeout(() => write(blocked), SOON_MS);
    },
  };
};

/** A damaged file blocks nobody. */
const parse = (text: string): z.infer<typeof File> => {
  try {
    return File.parse(JSON.parse(text));
  } catch {
    return [];
  }
};
