import type { Finding } from '../../surfaces/cli/doctor/doctor-host.ts';
import type { FoundGateway } from '../../surfaces/cli/gateway/gateway-host.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Environment, StateFolder } from '../state/state-folder.ts';

/** What every check may look at. */
export interface Scene {
  readonly env: Environment;
  readonly folder: StateFolder;
  /** Undefined where the configuration cannot be used; checks that need it are left out then. */
  readonly loaded?: LoadedConfig;
  /** Why it cannot be used. */
  readonly refused?: Noted;
  readonly gateway: FoundGateway;
}

/** A finding, with what `--fix` would do about it. */
export interface Noted extends Omit<Finding, 'fix'> {
  readonly repair?: () => Promise<void>;
}

export type Check = (scene: Scene) => Promise<readonly Noted[]>;

export const ok = (check: string, message: string): Noted => ({ level: 'ok', check, message });
export const warn = (check: string, message: string, mend?: string): Noted => ({ level: 'warn', check, message, ...(mend !== undefined && { mend }) });
export const error = (check: string, message: string, mend?: string): Noted => ({ level: 'error', check, message, ...(mend !== undefined && { mend }) });

/** A path as it stands in a shell command. */
export const shellWord = (path: string): string => (/^[\w./@%+:,-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`);
