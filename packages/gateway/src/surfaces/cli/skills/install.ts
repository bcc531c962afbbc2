import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { named } from '@openclaw/client';
import type { installSkill, RequestOf } from '@openclaw/contract';
import { writeJson, writeLines } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';
import { describeSkill } from './show.ts';

interface Flags {
  readonly ref?: string;
  readonly json?: boolean;
}

const INSTALL = named<typeof installSkill>('skills.install');

export const skillsInstall = async (host: CliHost, source: string, { ref, json = false }: Flags): Promise<void> => {
  const wanted = await readSource(source);
  if (ref !== undefined && wanted.git === undefined) throw new CliError('--ref goes with the address of a repository only', 2);
  const { client } = await host.connect();
  const { skills } = await client.call(INSTALL, ref === undefined ? wanted : { ...wanted, ref });
  if (json) return writeJson({ skills });
  for (const skill of skills) writeLines(describeSkill(skill));
};

/** `name@version` is a package; what is written like a path is one, also where a package has that name. */
const readSource = async (source: string): Promise<RequestOf<typeof installSkill>> => {
  if (/^(?:https|file):\/\//i.test(source)) return { git: source };
  if (/^[a-z+]+:\/\/|^git@/i.test(source)) throw new CliError(`${source} cannot be installed from: repositories come by https:// or file:///`, 2);
  if (/^(?:\.{0,2}[\\/]|\.{1,2}$|[A-Za-z]:[\\/])|\.(?:tgz|tar\.gz)$/.test(source)) {
    const path = resolve(source);
    const found = await stat(path).catch(() => undefined);
    // The gateway may run elsewhere and see another disk: then it says what it finds there.
    return found?.isFile() || (!found && /\.(?:tgz|tar\.gz)$/.test(source)) ? { archive: path } : { folder: path };
  }
  const at = source.indexOf('@', 1);
  return at === -1 ? { name: source } : { name: source.slice(0, at), version: source.slice(at + 1) };
};
