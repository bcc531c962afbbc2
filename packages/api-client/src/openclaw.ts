import { type CallOptions, type ConnectionOptions, Requester } from '../../client-kit/src/index.ts';
import { Messages } from './messages.ts';
import { Sessions } from './sessions.ts';
import { StatsOfUse } from './stats.ts';
import type { Health } from './wire.gen.ts';
import { Workspaces } from './workspaces.ts';

export interface OpenClawOptions extends ConnectionOptions {
  /** `oclaw_live_…`, or any other credential of the gateway. None where a cookie or a proxy says who asks. */
  readonly apiKey?: string | undefined;
}

/** Messages, sessions, workspaces and statistics of a gateway. */
export class OpenClaw {
  readonly messages: Messages;
  readonly sessions: Sessions;
  readonly workspaces: Workspaces;
  readonly stats: StatsOfUse;
  readonly #requester: Requester;

  constructor(options: OpenClawOptions) {
    this.#requester = new Requester(options, options.apiKey);
    this.messages = new Messages(this.#requester);
    this.sessions = new Sessions(this.#requester);
    this.workspaces = new Workspaces(this.#requester);
    this.stats = new StatsOfUse(this.#requester);
  }

  health(options?: CallOptions): Promise<Health> {
    return this.#requester.json({ method: 'GET', path: '/api/v1/health' }, options);
  }
}
