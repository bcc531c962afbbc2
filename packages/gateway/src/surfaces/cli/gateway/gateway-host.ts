/** The gateway of this machine's state directory, as a process. */
export interface GatewayHost {
  find(): Promise<FoundGateway>;
  /** Starts one that outlives this command, and waits until it is ready. Where one runs already, that one is told. */
  start(flags: RunFlags): Promise<StartedGateway>;
  /** Undefined where none ran. */
  stop(options: { readonly force: boolean }): Promise<LocalGateway | undefined>;
  /** As a service of the operating system, which starts it again after a crash and at login. Throws where that is none we know. */
  service(): Promise<ServiceFile>;
  writeService(): Promise<ServiceFile>;
  removeService(): Promise<ServiceFile & { readonly removed: boolean }>;
}

export interface RunFlags {
  readonly port?: number;
  readonly apiPort?: number | null;
  readonly host?: string;
}

export interface FoundGateway {
  readonly running?: LocalGateway;
  /** A process id that a gateway which was killed left behind, and that is nobody's or another program's now. */
  readonly left?: number;
}

export interface LocalGateway {
  readonly pid: number;
  readonly url: string;
  readonly startedAt: string;
  /** It is on its way out. */
  readonly stopping?: true;
  /** What it was started with. */
  readonly flags: RunFlags;
  /** The name of the service that keeps it, where one does. */
  readonly service?: string;
}

export interface StartedGateway extends LocalGateway {
  readonly already: boolean;
  /** Where what it says goes, the log apart. */
  readonly output: string;
}

export interface ServiceFile {
  readonly file: string;
  readonly text: string;
  /** Shell commands that put the file in force, and out of it. */
  readonly enable: readonly string[];
  readonly disable: readonly string[];
}
