export interface ConfigPlace {
  readonly file: string;
  /** The key, dotted: `models.providers.local.apiKey`. */
  readonly path?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** A configuration that cannot be used. The message names the file and the place, and is meant for the person who wrote it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly file: string;
  readonly path: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** The message without the place, for surfaces that show the place themselves. */
  readonly reason: string;

  constructor(place: ConfigPlace, reason: string) {
    super(`${describePlace(place)}: ${reason}`);
    this.file = place.file;
    this.path = place.path;
    this.line = place.line;
    this.column = place.column;
    this.reason = reason;
  }
}

const describePlace = ({ file, path, line, column }: ConfigPlace): string => {
  const spot = line === undefined ? file : `${file}:${line}${column === undefined ? '' : `:${column}`}`;
  return path === undefined || path === '' ? spot : `${spot}: ${path}`;
};
