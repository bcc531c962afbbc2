import { constants } from 'node:fs';
import { open, opendir, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { SkillSource } from '../../../engine/ports/skill-source.ts';
import { refused, shown } from '../kit/refused.ts';
import { StagedTree } from '../kit/staged-tree.ts';

/** What a folder that is worked in holds besides the skill. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** A folder on the gateway's own disk, copied. */
export const folderSkills: SkillSource<{ readonly path: string }> = {
  fetch: async ({ path }, into, signal) => {
    const root = await realpath(path).catch(() => {
      throw refused(`there is no folder ${shown(path)} that the gateway can read`);
    });
    // Copied into itself it would never end.
    if (!`${relative(root, into)}${sep}`.startsWith(`..${sep}`)) throw refused(`${shown(path)} holds the gateway's own skills`);
    await using tree = new StagedTree(into);
    await copy(root, '', tree, signal);
    await tree.finish();
    return { from: path, version: undefined, integrity: undefined };
  },
};

const copy = async (root: string, below: string, tree: StagedTree, signal: AbortSignal): Promise<void> => {
  const folder = await opendir(join(root, below)).catch(() => {
    throw refused(`${shown(below === '' ? root : below)} is no folder that the gateway can read`);
  });
  for await (const entry of folder) {
    signal.throwIfAborted();
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (LEFT_OUT.has(entry.name)) continue;
    if (entry.isDirectory()) {
      await tree.addFolder(name);
      await copy(root, name, tree, signal);
    } else {
      if (!entry.isFile()) throw refused(`it holds something that is neither file nor folder: ${shown(name)}`);
      await copyFile(root, name, tree);
    }
  }
};

const copyFile = async (root: string, name: string, tree: StagedTree): Promise<void> => {
  // It may have become a link or a pipe since it was listed.
  const file = await open(join(root, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => {
    throw refused(`${shown(name)} cannot be read`);
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw refused(`${shown(name)} is no file`);
    await tree.addFile(name, file.createReadStream({ autoClose: false }), (stat.mode & 0o100) !== 0);
  } finally {
    await file.close();
  }
};
