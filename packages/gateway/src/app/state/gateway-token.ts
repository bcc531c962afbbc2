import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, open, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeFileAtomic } from '../../kernel/atomic-write.ts';
import { StateRefused } from './state-refused.ts';
import { makeStateFolder, type Environment, type StateFolder } from './state-folder.ts';

export interface GatewayToken {
  readonly token: string;
  /** Where it came from, in words fit for a printout. */
  readonly source: string;
  /** How a shell command gets at it without showing it. */
  readonly inShell: string;
  readonly made: boolean;
  readonly warning?: string;
}

export interface TokenSources {
  /** What the configuration says, if it says anything. */
  readonly configured?: string | undefined;
  readonly env: Environment;
  readonly folder: StateFolder;
}

const TOKEN_VARIABLES = ['OPENCLAW_AUTH_TOKEN', 'OPENCLAW_GATEWAY_TOKEN'];

/** The secret that opens everything: from the configuration, the environment, or a file that the first start makes. */
export const gatewayToken = async ({ configured, env, folder }: TokenSources): Promise<GatewayToken> => {
  if (configured !== undefined) return { token: configured, source: 'the configuration (gateway.token)', inShell: '$OPENCLAW_TOKEN', made: false };
  const fromEnvironment = environmentToken(env);
  if (fromEnvironment !== undefined) return fromEnvironment;
  return (await storedToken(folder.tokenFile)) ?? (await makeToken(folder));
};

const environmentToken = (env: Environment): GatewayToken | undefined => {
  const set = TOKEN_VARIABLES.flatMap((name) => {
    const token = env[name];
    return token ? [{ name, token }] : [];
  });
  const [first, second] = set;
  if (first === undefined) return undefined;
  if (second !== undefined && second.token !== first.token) {
    throw new StateRefused(`The environment sets ${first.name} and ${second.name} to different values; set one of them`);
  }
  return { token: first.token, source: `the environment variable ${first.name}`, inShell: `$${first.name}`, made: false };
};

/** What the file holds, or undefined where there is none. */
const storedToken = async (file: string): Promise<GatewayToken | undefined> => {
  // Without O_NONBLOCK, a pipe in the file's place would hold the start up for ever.
  const handle = await openIfThere(file, constants.O_RDONLY | constants.O_NONBLOCK);
  if (handle === undefined) return undefined;
  try {
    const warning = await mendMode(handle, file);
    const token = await readToken(handle, file);
    return { token, source: `the file ${file}`, inShell: printing(file), made: false, ...(warning === undefined ? {} : { warning }) };
  } finally {
    await handle.close();
  }
};

const printing = (file: string): string => `$(cat '${file.replaceAll("'", String.raw`'\''`)}')`;

const openIfThere = async (file: string, flags: number): Promise<FileHandle | undefined> => {
  try {
    return await open(file, flags);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const mendMode = async (handle: FileHandle, file: string): Promise<string | undefined> => {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new StateRefused(`${file} is not a file; remove it so that a new token can be made`);
  if (process.platform === 'win32' || (stat.mode & 0o077) === 0) return undefined;
  await handle.chmod(0o600);
  return `Others on this machine could read ${file}. It is yours alone again; delete it to have a new token made if somebody may have seen this one.`;
};

const readToken = async (handle: FileHandle, file: string): Promise<string> => {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
  const token = buffer.toString('utf8', 0, bytesRead).trim();
  if (!/^[\x21-\x7e]{8,1024}$/.test(token)) {
    throw new StateRefused(`${file} does not hold a token (8 to 1024 printable characters on one line); delete it so that a new one is made`);
  }
  return token;
};

const makeToken = async (folder: StateFolder): Promise<GatewayToken> => {
  await makeStateFolder(folder);
  const token = randomBytes(32).toString('base64url');
  if (await createWhole(folder.tokenFile, `${token}\n`)) {
    return { token, source: `the file ${folder.tokenFile}, made just now`, inShell: printing(folder.tokenFile), made: true };
  }
  // Another process was faster; its token counts. Where links are unknown, it may still be writing.
  for (let attempt = 0; attempt < 20; attempt++) {
    const theirs = await storedToken(folder.tokenFile).catch(() => undefined);
    if (theirs !== undefined) return theirs;
    await pause(25);
  }
  return (await storedToken(folder.tokenFile)) ?? makeToken(folder);
};

/** Creates the file with its content in one step; false where it is there already. */
const createWhole = async (file: string, content: string): Promise<boolean> => {
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}.${randomBytes(6).toString('hex')}.new`);
  try {
    await writeFileAtomic(draft, content);
    await link(draft, file).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST') throw error;
      return copyFile(draft, file, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
};

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
