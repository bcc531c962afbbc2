import { createHash } from 'node:crypto';
import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@openclaw/contract';
import { writeFileAtomic } from '../../kernel/atomic-write.ts';
import { stateFolder, type Environment } from '../state/state-folder.ts';
import { checkConfig } from './check-config.ts';
import { ConfigError } from './config-error.ts';
import { MOST_BYTES, readConfigFile } from './read-config-file.ts';
import { type ConfigFlags, settingsFrom } from './settings.ts';
import { parseKeyPath, type KeyPath } from './text/key-path.ts';
import { editConfig, parseConfig } from './text/parse-config.ts';
import { asTree, changesTo, fitPath, valueAt, withChange, type Change, type Tree } from './text/tree.ts';
import { withFileLock } from './with-file-lock.ts';

export interface WriteOptions {
  readonly env?: Environment;
  /** From `configVersion`, or null for no file: with it, a file that has changed, gone or come since is a conflict and stays as it is. */
  readonly expectedVersion?: string | null;
  /** Of the gateway that will read it. */
  readonly flags?: ConfigFlags;
  /** False where the writer is that gateway itself: a variable it does not have keeps it from using the file. */
  readonly allowUnset?: boolean;
  /** How long the text may become. */
  readonly mostBytes?: number;
}

export interface WrittenConfig {
  readonly changed: boolean;
  /** Of the text that is in the file now; hand it to the next write as `expectedVersion`. */
  readonly version: string;
  /** What stands in the file now. */
  readonly text: string;
}

export const configVersion = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** Sets one key (`models.providers.local.apiKey`, `agents.list[0].id`, `models.aliases."gpt-4.1"`). The file is made where it is missing. */
export const setInConfig = (file: string, path: string, value: unknown, options: WriteOptions = {}): Promise<WrittenConfig> =>
  rewrite(file, options, (tree) => {
    const fitted = fitOrRefuse(file, tree, path);
    return changesTo(asBranchValue(valueAt(tree, fitted)), valueOrRefuse(file, path, value), fitted);
  });

/** Sets several keys in one step: all of them or none. */
export const setAllInConfig = (file: string, values: readonly (readonly [path: string, value: unknown])[], options: WriteOptions = {}): Promise<WrittenConfig> =>
  rewrite(file, options, (tree) => {
    let now: Tree = tree;
    return values.flatMap(([path, value]) => {
      const fitted = fitOrRefuse(file, now, path);
      const changes = changesTo(asBranchValue(valueAt(now, fitted)), valueOrRefuse(file, path, value), fitted);
      now = changes.reduce<Tree>(withChange, now);
      return changes;
    });
  });

/** Puts a whole text in the file's place, if a gateway could start with it. */
export const replaceConfig = (file: string, text: string, options: WriteOptions = {}): Promise<WrittenConfig> =>
  locked(file, async (target) => {
    const before = await readUnchanged(target, options);
    const { tree } = await parseConfig(text, target);
    await refuseUnlessSound(target, text, { expected: tree, ...options });
    await put(target, before, text);
    return { changed: text !== before, version: configVersion(text), text };
  });

/** Puts what `decide` makes of the whole configuration in its place, by the smallest changes. What it throws leaves the file alone. */
export const changeConfig = (file: string, decide: (tree: { readonly [key: string]: Tree }) => unknown, options: WriteOptions = {}): Promise<WrittenConfig> =>
  rewrite(file, options, (tree) => changesTo(tree, asTree(decide(tree)), []));

/** Takes one key away. One that is not there is no error and no change. */
export const unsetInConfig = (file: string, path: string, options: WriteOptions = {}): Promise<WrittenConfig> =>
  rewrite(file, options, (tree) => {
    const fitted = fitOrRefuse(file, tree, path);
    return valueAt(tree, fitted) === undefined ? [] : [{ path: fitted, value: undefined }];
  });

type Decide = (tree: { [key: string]: Tree }) => readonly Change[];

const ATTEMPTS = 8;

/** An editor does not take our lock, so the text is compared once more right before it is replaced. */
const rewrite = (file: string, options: WriteOptions, decide: Decide): Promise<WrittenConfig> =>
  locked(file, async (target) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const written = await tryRewrite(target, options, decide);
      if (written !== undefined) return written;
    }
    throw new GatewayError('conflict', `${file} keeps changing while it is being written; try again`);
  });

const locked = async <T>(file: string, work: (target: string) => Promise<T>): Promise<T> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // A configuration that is a link (a folder of dotfiles) stays a link.
  const target = await realpath(file).catch(() => file);
  return withFileLock(join(dirname(target), `.${basename(target)}.lock`), async () => {
    await removeDrafts(target);
    return work(target);
  });
};

/** What writers left half done that were killed: it holds secrets too. Who has the lock knows that nobody else writes. */
const removeDrafts = async (file: string): Promise<void> => {
  const [folder, name] = [dirname(file), basename(file)];
  const drafts = (await readdir(folder)).filter((one) => one.endsWith('.tmp') && one.startsWith(`.${name}.`));
  await Promise.all(drafts.map((draft) => rm(join(folder, draft), { force: true })));
};

/** undefined where the file changed meanwhile. */
const tryRewrite = async (file: string, options: WriteOptions, decide: Decide): Promise<WrittenConfig | undefined> => {
  const before = await readUnchanged(file, options);
  const text = before ?? '';
  const { tree } = await parseConfig(text, file);
  const changes = decide(tree);
  if (changes.length === 0) return { changed: false, version: configVersion(text), text };
  const after = await editConfig(text, file, changes);
  await refuseUnlessSound(file, after, { expected: changes.reduce<Tree>(withChange, tree), ...options });
  if ((await readConfigFile(file)) !== before) return undefined;
  await put(file, before, after);
  return { changed: true, version: configVersion(after), text: after };
};

const readUnchanged = async (file: string, { expectedVersion }: WriteOptions): Promise<string | undefined> => {
  const text = await readConfigFile(file);
  const version = text === undefined ? null : configVersion(text);
  if (expectedVersion !== undefined && version !== expectedVersion) {
    throw new GatewayError('conflict', `${file} has changed since it was read; read it again`);
  }
  return text;
};

const put = async (file: string, before: string | undefined, after: string): Promise<void> => {
  if (before !== undefined) await writeFileAtomic(`${file}.bak`, before);
  await writeFileAtomic(file, after);
};

/** The new text must say exactly what was asked, and the gateway must be able to start with it. */
const refuseUnlessSound = async (
  file: string,
  text: string,
  { expected, env = process.env, flags = {}, allowUnset = true, mostBytes = MOST_BYTES }: WriteOptions & { readonly expected: Tree },
): Promise<void> => {
  if (Buffer.byteLength(text) > mostBytes) throw new ConfigError({ file }, `the configuration would be longer than the ${mostBytes} bytes it may have`);
  const parsed = await parseConfig(text, file);
  if (!isDeepStrictEqual(parsed.tree, expected)) {
    throw new ConfigError({ file }, 'this change cannot be made without damage to the rest of the file; it is as it was. Make the change in an editor.');
  }
  const { config } = checkConfig(parsed, { file, env, allowUnset });
  settingsFrom(config, { env, folder: stateFolder(env), flags, file });
};

const fitOrRefuse = (file: string, tree: Tree, path: string): KeyPath => {
  const parsed = parseKeyPath(path);
  if (parsed === undefined) throw new ConfigError({ file }, `"${path}" is not the path of a key; write it like models.providers.local.apiKey or agents.list[0].id`);
  return orRefuse(file, path, () => fitPath(tree, parsed));
};

const valueOrRefuse = (file: string, path: string, value: unknown): Tree => orRefuse(file, path, () => asTree(value));

const orRefuse = <T>(file: string, path: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw new ConfigError({ file, path }, error instanceof Error ? error.message : 'not possible');
  }
};

const asBranchValue = (value: unknown): Tree | undefined => (value === undefined ? undefined : asTree(value));
