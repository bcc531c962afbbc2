import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChatHistory } from '../../surfaces/cli/chat/host.ts';
import { writeFileAtomic } from '../../kernel/atomic-write.ts';
import { type Environment, makeStateFolder, stateFolder } from '../state/state-folder.ts';

const FILE = 'chat.history';
const MOST_LINES = 1_000;
const OWNER_ONLY = 0o600;

/** Kept a line at a time, so that a chat that is killed forgets nothing; shortened when it is opened. */
export const chatHistory = async (env: Environment): Promise<ChatHistory> => {
  const folder = stateFolder(env);
  await makeStateFolder(folder);
  const file = join(folder.root, FILE);
  const all = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const lines = all.slice(-MOST_LINES);
  if (lines.length < all.length) await writeFileAtomic(file, `${lines.join('\n')}\n`);
  return {
    lines,
    add: async (line) => {
      const handle = await open(file, 'a', OWNER_ONLY);
      try {
        // It may have been made by somebody else, for everybody.
        await handle.chmod(OWNER_ONLY);
        await handle.appendFile(`${line}\n`);
      } finally {
        await handle.close();
      }
    },
  };
};
