import type { Environment, StateFolder } from '../../state/state-folder.ts';

/** What the command line says; it counts before the file. */
export interface ConfigFlags {
  readonly port?: number;
  /** null switches the second listener off. */
  readonly apiPort?: number | null;
  readonly host?: string;
}

export interface SettingsSources {
  readonly env: Environment;
  readonly folder: StateFolder;
  readonly flags?: ConfigFlags;
  /** The configuration file: relative paths in it start at its folder. */
  readonly file: string;
}
