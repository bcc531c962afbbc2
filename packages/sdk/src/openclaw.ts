import { type CallOptions, type ConnectionOptions, Requester } from '../../client-kit/src/index.ts';
import { Config } from './config.ts';
import { Webhooks } from './registered-webhooks.ts';
import { Skills } from './skills.ts';
import { Tasks } from './tasks.ts';
import type { SystemStatus } from './wire.gen.ts';

export interface OpenClawOptions extends ConnectionOptions {
  /** `ocl_…`, or any other credential of the gateway. None where a cookie or a proxy says who asks. */
  readonly token?: string | undefined;
}

/** Tasks, skills, webhooks and configuration of a gateway. */
export class OpenClaw {
  readonly tasks: Tasks;
  readonly skills: Skills;
  readonly webhooks: Webhooks;
  readonly config: Config;
  readonly #requester: Requester;

  constructor(options: OpenClawOptions) {
    this.#requester = new Requester(options, options.token);
    this.tasks = new Tasks(this.#requester);
    this.skills = new Skills(this.#requester);
    this.webhooks = new Webhooks(this.#requester);
    this.config = new Config(this.#requester);
  }

  status(options?: CallOptions): Promise<SystemStatus> {
    return this.#requester.json({ method: 'GET', path: '/api/v1/status' }, options);
  }
}
