import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { GatewayError } from '@openclaw/contract/errors';

export type GitEnvironment = Readonly<Record<string, string | undefined>>;

/** What git may know of the gateway's environment: where programs are, and how to get out. */
const HANDED_ON = ['PATH', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'SystemRoot'];

/** No question, no configuration of anybody's, no transport but these two. */
const FIXED = {
  LC_ALL: 'C',
  HOME: '/nonexistent',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ALLOW_PROTOCOL: 'https:file',
  GIT_LFS_SKIP_SMUDGE: '1',
  GIT_OPTIONAL_LOCKS: '0',
};

const SETTINGS = [
  'protocol.allow=never', 'protocol.https.allow=always', 'protocol.file.allow=always', 'credential.helper=', 'core.askPass=', 'core.hooksPath=/dev/null',
  'core.fsmonitor=false', 'core.attributesFile=/dev/null', 'fetch.fsckObjects=true', 'fetch.unpackLimit=1', 'gc.auto=0', 'submodule.recurse=false',
  'http.lowSpeedLimit=1000', 'http.lowSpeedTime=20',
].flatMap((setting) => ['-c', setting]);

const MOST_WORDS = 4_000;

interface Options {
  readonly env: GitEnvironment;
  readonly signal: AbortSignal;
}

interface RunningGit {
  readonly stdout: Readable;
  readonly ended: Promise<void>;
  stop(): void;
}

/** Runs git to its end, and resolves to what it said. */
export const runGit = async (args: readonly string[], options: Options): Promise<string> => {
  const git = startGit(args, options);
  let said = '';
  git.stdout.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, MOST_WORDS)));
  await git.ended;
  return said;
};

/** Starts git without a shell, in a group of its own, so that with it whatever it started ends. */
export const startGit = (args: readonly string[], { env, signal }: Options): RunningGit => {
  signal.throwIfAborted();
  const known = Object.fromEntries(HANDED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  const child = spawn('git', [...SETTINGS, ...args], { env: { ...known, ...FIXED }, stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd: '/' });
  const stop = (): void => endGroup(child);
  signal.addEventListener('abort', stop, { once: true });
  // What nobody reads is thrown away when a process ends, and whoever reads it may come later than that.
  const stdout = pipeline(child.stdout, new PassThrough(), () => {});
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-MOST_WORDS)));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (cause) => reject(missing(cause)));
    child.once('close', (code) => {
      if (signal.aborted) reject(signal.reason);
      else if (code === 0) resolve();
      else reject(new GatewayError('skill_source_failed', `git could not do it: ${gist(complaint)}`));
    });
  }).finally(() => signal.removeEventListener('abort', stop));
  // Whoever reads stdout first hears of it there, and asks for this later.
  ended.catch(() => {});
  return { stdout, ended, stop };
};

const endGroup = ({ pid, exitCode, signalCode }: ChildProcess): void => {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
};

const missing = (cause: Error): GatewayError =>
  'code' in cause && cause.code === 'ENOENT'
    ? new GatewayError('skill_source_failed', 'git is not installed on the machine of the gateway; install it, or use an npm package, a folder or an archive', {}, cause)
    : new GatewayError('skill_source_failed', 'git could not be started', {}, cause);

/** The last thing it complained of, without what could move a terminal. */
const gist = (complaint: string): string => (complaint.trim().split('\n').findLast((line) => line.startsWith('fatal:')) ?? complaint).replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim().slice(0, 300);
