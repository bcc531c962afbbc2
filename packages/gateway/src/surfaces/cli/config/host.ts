/** The configuration of this machine, as the command line needs it. */
export interface ConfigHost {
  /** The file there is, or the one that `set` would make. */
  file(): Promise<ConfigFile>;
  /** What the file says at a path, or all of it: variables as written, secrets hidden unless they are asked for. undefined where it says nothing. */
  get(path: string | undefined, options: { readonly showSecrets: boolean }): Promise<unknown>;
  /** Sets one key to what the text means as JSON5, or to the text itself. */
  set(path: string, text: string, options: { readonly asText: boolean }): Promise<ConfigChanged>;
  unset(path: string): Promise<ConfigChanged>;
  check(): Promise<ConfigVerdict>;
  /** The text there is, to be edited; where there is none, one to begin with. */
  draft(): Promise<ConfigDraft>;
  /** What a text in the file's place would mean. */
  judge(text: string): Promise<ConfigVerdict>;
  /** Puts an edited draft in the file's place, unless the file changed since. */
  replace(draft: ConfigDraft, text: string): Promise<ConfigChanged>;
  /** Why a path may be a slip of the pen; undefined where it is known. */
  doubt(path: string): Promise<string | undefined>;
}

export interface ConfigFile {
  readonly file: string;
  readonly exists: boolean;
}

export interface ConfigDraft extends ConfigFile {
  readonly text: string;
  /** null where there is no file yet. */
  readonly version: string | null;
}

export interface ConfigChanged {
  readonly file: string;
  readonly changed: boolean;
  /** Keys that changed and are read at the start only. */
  readonly needsRestart: readonly string[];
  readonly running: boolean;
}

export interface ConfigVerdict {
  readonly file: string;
  readonly exists: boolean;
  readonly error: string | undefined;
  readonly reports: readonly { readonly level: 'info' | 'warn'; readonly message: string }[];
}
