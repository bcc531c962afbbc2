import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from './config-error.ts';
import { keysFixedAtStart } from './keys-fixed-at-start.ts';
import type { ConfigReport } from './keys/report-keys.ts';
import { keepLastGood, loadConfig, type ConfigSources, type LoadedConfig } from './load-config.ts';
import type { Settings } from './settings.ts';

/** As much of a logger as this needs; pino's fits. */
export interface ConfigLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface LiveConfigOptions extends ConfigSources {
  readonly log: ConfigLog;
  /** Learns every secret of each configuration before anything is logged about it. */
  readonly secrets?: { register(value: string): void };
  readonly debounceMs?: number;
}

export interface ConfigChange {
  readonly settings: Settings;
  readonly previous: Settings;
  /** Keys that changed but count only after a restart. */
  readonly needsRestart: readonly string[];
}

export type ConfigListener = (change: ConfigChange) => void;

/** The configuration of a running gateway: it follows the file, and keeps the old one where the new one is no good. */
export interface LiveConfig {
  current(): Settings;
  /** The same configuration with the sections that `Settings` does not carry. */
  loaded(): LoadedConfig;
  /** Called after each change that took; the returned function ends it. */
  onChange(listener: ConfigListener): () => void;
  /** Reads the file now; false where it was refused and the old configuration stays. Never rejects. */
  reload(): Promise<boolean>;
  close(): void;
}

const DEBOUNCE_MS = 200;

/** Throws a ConfigError where the file cannot be used: a gateway must not start as something its owner did not write. */
export const openLiveConfig = async (options: LiveConfigOptions): Promise<LiveConfig> => {
  const { log, debounceMs = DEBOUNCE_MS } = options;
  let now = await loadConfig(options);
  await accept(now, options);

  const listeners = new Set<ConfigListener>();
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;

  const readAgain = async (): Promise<boolean> => {
    const next = await loadOrReport(now, options);
    if (next === undefined || closed) return false;
    if (next.text === now.text && next.file === now.file && isDeepStrictEqual(next.settings, now.settings)) return true;
    await accept(next, options);
    const previous = now;
    // In force and announced in one: nobody sees the new one before those who follow it do.
    now = next;
    announce(listeners, previous.settings, next, log);
    return true;
  };
  // One after the other: an older text must never win over a newer one.
  const reload = (): Promise<boolean> => {
    const result = queue.then(readAgain);
    queue = result;
    return result;
  };

  let timer: NodeJS.Timeout | undefined;
  const watcher = watchFolder(now, log, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), debounceMs);
    timer.unref();
  });
  return {
    current: () => now.settings,
    loaded: () => now,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reload,
    close: () => {
      closed = true;
      clearTimeout(timer);
      watcher?.close();
      listeners.clear();
    },
  };
};

const loadOrReport = async (now: LoadedConfig, options: LiveConfigOptions): Promise<LoadedConfig | undefined> => {
  try {
    const next = await loadConfig(options);
    const lost = saysNothing(now) ? undefined : next.text === undefined ? 'gone' : saysNothing(next) ? 'empty' : undefined;
    if (lost === undefined) return next;
    options.log.warn({ file: now.file }, `${now.file} is ${lost}; the configuration read from it stays in force`);
  } catch (error) {
    const place = error instanceof ConfigError ? { file: error.file, path: error.path } : { file: now.file };
    options.log.error(place, `The changed configuration is not used, the old one stays in force. ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
};

/** A file that is being saved is empty for a moment; taking the defaults then could drop the token or open a limit. */
const saysNothing = ({ text }: LoadedConfig): boolean => text === undefined || text.trim() === '';

const accept = async (loaded: LoadedConfig, { log, secrets }: LiveConfigOptions): Promise<void> => {
  for (const secret of loaded.secrets) secrets?.register(secret);
  for (const report of loaded.reports) tell(report, loaded.file, log);
  // A full disk must not keep a good configuration from being used.
  await keepLastGood(loaded).catch((error: unknown) => {
    log.warn({ file: loaded.folder.lastGoodConfig }, `The copy of the working configuration could not be kept: ${String(error)}`);
  });
};

const tell = ({ level, path, message }: ConfigReport, file: string, log: ConfigLog): void => log[level]({ file, path }, message);

const announce = (listeners: ReadonlySet<ConfigListener>, previous: Settings, next: LoadedConfig, log: ConfigLog): void => {
  const { settings, file } = next;
  const needsRestart = keysFixedAtStart(previous, settings);
  log.info({ file }, 'The changed configuration is in force');
  if (needsRestart.length > 0) log.warn({ file, keys: needsRestart }, `${needsRestart.join(', ')} changed: this needs a restart of the gateway`);
  for (const listener of listeners) {
    try {
      listener({ settings, previous, needsRestart });
    } catch (error) {
      log.error({ file, err: error }, 'A part of the gateway could not take up the changed configuration');
    }
  }
};

/** The folder and not the file: editors replace the file, and it may not exist yet. */
const watchFolder = ({ file, folder }: LoadedConfig, log: ConfigLog, changed: () => void): FSWatcher | undefined => {
  // `..data` is how Kubernetes swaps a mounted file.
  const names = new Set<string | null>([basename(file), ...folder.configFiles.map((path) => basename(path)), '..data', null]);
  const unwatched = (error: unknown): void => log.warn({ file }, `Changes of the configuration are not noticed by themselves: ${String(error)}`);
  try {
    const watcher = watch(dirname(file), { persistent: false }, (_, name) => {
      if (names.has(name)) changed();
    });
    watcher.on('error', unwatched);
    return watcher;
  } catch (error) {
    unwatched(error);
    return undefined;
  }
};
