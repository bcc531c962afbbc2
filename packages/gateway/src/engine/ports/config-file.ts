/** A section of the configuration: keys and values, as JSON has them. */
export type ConfigSection = Readonly<Record<string, unknown>>;

/**
 * The file the gateway is configured by.
 *
 * - What it says is never resolved: `${NAME}` stays as it is written, in what is read and in what is stored.
 * - A change is whole or absent, keeps the comments and the order of the file, and is in force when `change` resolves.
 * - What no gateway could start with is refused with `invalid_request` and the path of the key, and the file stays as it was.
 */
export interface ConfigFile {
  read(): Promise<ConfigText>;
  /**
   * Puts what `decide` makes of the stored configuration in its place. One change at a time: nobody else writes between the two.
   * Rejects with `conflict` where `version` is given and is not the file's, or where the file is gone or broken.
   */
  change(decide: Decide, version: string | undefined): Promise<ConfigWritten>;
}

export type Decide = (now: {
  readonly stored: ConfigSection;
  /** The same with each secret hidden, as `read` shows it. */
  readonly shown: ConfigSection;
}) => ConfigSection;

export interface ConfigText {
  /** Without its secrets. */
  readonly config: ConfigSection;
  /** The same as long as the file says the same and this gateway runs. It tells nothing of what is hidden. */
  readonly version: string;
}

export interface ConfigWritten extends ConfigText {
  readonly needsRestart: readonly string[];
  /** Of the whole file: what is read by nothing. */
  readonly reports: readonly { readonly path: string; readonly message: string }[];
}
