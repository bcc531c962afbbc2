import type { CallOptions, Requester, Whole } from '../../client-kit/src/index.ts';
import type { Config as ConfigObject, ConfigChanges } from './wire.gen.ts';

export interface ReadConfig {
  /** Its secrets are `[hidden]`; sent back like that, they stay. */
  readonly config: ConfigObject;
  /** Which state of the configuration this is. */
  readonly etag: string | undefined;
}

const PATH = '/api/v1/config';

export class Config {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  async get(options?: CallOptions): Promise<ReadConfig> {
    return read(await this.#requester.whole<ConfigObject>({ method: 'GET', path: PATH }, options));
  }

  /** Merges the changes into the configuration; null takes a key away. With `ifMatch`, only into the state that has this `etag`. */
  async patch(changes: ConfigChanges, { ifMatch, ...options }: CallOptions & { readonly ifMatch?: string | undefined } = {}): Promise<ReadConfig> {
    return read(await this.#requester.whole<ConfigObject>({ method: 'PATCH', path: PATH, body: changes, headers: ifMatch === undefined ? {} : { 'if-match': ifMatch } }, options));
  }
}

const read = ({ value, headers }: Whole<ConfigObject>): ReadConfig => ({ config: value, etag: headers['etag'] });
