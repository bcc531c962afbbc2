import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SkillSource } from '../../../engine/ports/skill-source.ts';
import { unpackTar } from '../kit/unpack-tar.ts';
import { type GitEnvironment, runGit, startGit } from './run-git.ts';
import { watchSize } from './watch-size.ts';

interface Options {
  readonly env: GitEnvironment;
}

/** What a repository may ask of git while its files are read: nothing. */
const NO_ATTRIBUTES = '* -export-ignore -export-subst -filter -ident -text -eol -working-tree-encoding\n';

/**
 * A repository's files at one commit. There is never a working tree: git writes an archive, which is unpacked like any other. So no hook,
 * no filter and no link of the repository ever comes to life.
 */
export const gitSkills = ({ env }: Options): SkillSource<{ readonly url: string; readonly ref: string | undefined }> => ({
  fetch: async ({ url, ref }, into, signal) => {
    const repository = `${into}.git`;
    try {
      await mkdir(repository, { mode: 0o700 });
      await runGit(['init', '--quiet', '--bare', '--template=', repository], { env, signal });
      await mkdir(join(repository, 'info'), { recursive: true });
      await writeFile(join(repository, 'info', 'attributes'), NO_ATTRIBUTES);
      const inside = [`--git-dir=${repository}`];
      const fetching = ['fetch', '--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--no-auto-maintenance', '--', url, ref ?? 'HEAD'];
      using size = watchSize(repository);
      await runGit([...inside, ...fetching], { env, signal: AbortSignal.any([signal, size.signal]) });
      const commit = (await runGit([...inside, 'rev-parse', '--verify', 'FETCH_HEAD^{commit}'], { env, signal })).trim();
      await unpackCommit(inside, commit, into, { env, signal });
      return { from: ref === undefined ? url : `${url}#${ref}`, version: undefined, integrity: commit };
    } finally {
      await rm(repository, { recursive: true, force: true });
    }
  },
});

const unpackCommit = async (inside: readonly string[], commit: string, into: string, { env, signal }: Options & { readonly signal: AbortSignal }): Promise<void> => {
  const archive = startGit([...inside, 'archive', '--format=tar', commit], { env, signal });
  try {
    await unpackTar(archive.stdout, into, signal);
    await archive.ended;
  } finally {
    archive.stop();
    await archive.ended.catch(() => {});
  }
};
