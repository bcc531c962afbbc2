export interface DoctorHost {
  /** Looks at everything a gateway needs of this machine, running or not. With `fix`, what is safe to mend is mended first. */
  examine(options: { readonly fix: boolean }): Promise<readonly Finding[]>;
}

export interface Finding {
  readonly level: 'ok' | 'warn' | 'error';
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly message: string;
  /** The command or the edit that mends it. */
  readonly mend?: string;
  /** `--fix` mends it, or has. */
  readonly fix?: 'possible' | 'done';
}
