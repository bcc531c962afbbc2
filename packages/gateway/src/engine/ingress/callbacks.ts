import { GatewayError } from '@openclaw/contract';
import { WrongTries } from '../access/index.ts';
import { type ChannelAnswer, ChannelFailure, type ChannelRequest } from '../ports/channel.ts';
import type { Refused } from './refused.ts';

export interface CallbacksDeps {
  readonly channels: {
    /** What takes the requests for a channel. Undefined where there is none, or its service never comes. */
    callee(name: string): Promise<((request: ChannelRequest) => Promise<ChannelAnswer>) | undefined>;
  };
  readonly refused: Refused;
  readonly now: () => number;
}

/** The door for services that come to us: each shows its channel who it is. */
export class Callbacks {
  readonly #deps: CallbacksDeps;
  readonly #wrongTries: WrongTries;

  constructor(deps: CallbacksDeps) {
    this.#deps = deps;
    this.#wrongTries = new WrongTries(deps.now);
  }

  /** Before a body is read: throws where nobody waits for one, and for an address that has guessed too often. */
  async meet(channel: string, address: string): Promise<void> {
    this.#refuseGuesser(channel, address);
    if (!(await this.#deps.channels.callee(channel))) throw nobody();
  }

  /** What the service is told. When it resolves, what it brought is stored, or was before. */
  async answer(channel: string, request: ChannelRequest, address: string): Promise<string> {
    const callee = await this.#deps.channels.callee(channel);
    if (!callee) throw nobody();
    // Many may have come in between.
    this.#refuseGuesser(channel, address);
    const answer = await callee(request).catch(asGatewayError);
    if (answer.outcome === 'taken') return answer.text ?? '';
    this.#deps.refused({ address, outcome: 'webhook_invalid', at: wayIn(channel) });
    this.#wrongTries.count(placeOf(channel, address));
    // Who only asks whether it is known here is told no; who brings something is told what would prove it.
    throw new GatewayError(request.method === 'GET' ? 'forbidden' : 'webhook_invalid', `This channel wants ${answer.wants}`);
  }

  #refuseGuesser(channel: string, address: string): void {
    const left = this.#wrongTries.left(placeOf(channel, address));
    if (left === 0) return;
    this.#deps.refused({ address, outcome: 'rate_limited', at: wayIn(channel) });
    throw new GatewayError('rate_limited', 'Too many wrong secrets or signatures from this address', { retryAfterSeconds: Math.ceil(left / 1_000) });
  }
}

const wayIn = (channel: string): string => `/channels/${channel}`;

const placeOf = (channel: string, address: string): string => `${address} ${channel}`;

/** A channel that is being closed: another will be there in a moment. */
const asGatewayError = (thrown: unknown): never => {
  throw thrown instanceof ChannelFailure ? new GatewayError('gateway_busy', 'The channel takes nothing right now; come again', { retryAfterSeconds: 5 }) : thrown;
};

const nobody = (): GatewayError => new GatewayError('not_found', 'No channel takes requests at this path');
