import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { type ChannelAdapter, type ChannelContext, ChannelFailure, type ChannelRequest } from '../../../engine/ports/channel.ts';
import type { Log } from '../../../kernel/log.ts';
import { parseJson } from '../kit/ask.ts';
import { isSameSecret } from '../kit/same-secret.ts';
import { turns } from '../kit/turns.ts';
import { Payload } from './read-message.ts';

/** How far the time of a signature may be from ours, either way. */
const WINDOW_MS = 300_000;

const Brought = z.discriminatedUnion('type', [
  /** As it is asked when the address is entered over there. */
  z.object({ type: z.literal('url_verification'), challenge: z.string().regex(/^[\w.-]{1,200}$/) }),
  z.object({ type: z.literal('event_callback'), ...Payload.shape }),
  z.object({ type: z.literal('app_rate_limited') }),
]);

const Placed = z.object({ channel: z.string() });

export interface EventsApiOptions {
  readonly signingSecret: string;
  /** Resolves when what it tells is stored. */
  readonly take: (payload: Payload, context: Pick<ChannelContext, 'received'>) => Promise<void>;
  readonly closed: AbortSignal;
  readonly log: Log;
}

/** Slack comes with what happens, and comes again where it is not told within three seconds that it was taken: that is then known by its `ts`. */
export const eventsApi = ({ signingSecret, take, closed, log }: EventsApiOptions): NonNullable<ChannelAdapter['answer']> => {
  const inTurn = turns();
  return async (request, context) => {
    if (closed.aborted) throw new ChannelFailure('passing', 'the channel is closed');
    if (request.method !== 'POST' || !isSigned(request, signingSecret, Date.now())) {
      return { outcome: 'unproven', wants: 'a right X-Slack-Signature over the body, made with the signing secret of the app within the last five minutes' };
    }
    const { data: brought } = Brought.safeParse(parseJson(Buffer.from(request.body).toString()));
    switch (brought?.type) {
      case 'url_verification': return { outcome: 'taken', text: brought.challenge };
      case 'event_callback':
        await inTurn(Placed.safeParse(brought.event).data?.channel ?? '', () => take(brought, context));
        break;
      case 'app_rate_limited':
        log('warn', 'Slack holds events back: there are more than 30,000 an hour', { channel: 'slack' });
        break;
      case undefined:
        log('warn', 'Slack brought something that cannot be read; it is left out', { channel: 'slack' });
    }
    return { outcome: 'taken' };
  };
};

/** Whether Slack signed it, and just now: over the time, and over the body to the byte. Nothing in it is to be believed before. */
const isSigned = ({ header, body }: ChannelRequest, secret: string, now: number): boolean => {
  const time = header('x-slack-request-timestamp') ?? '';
  const [, shown] = /^v0=([0-9a-f]{64})$/.exec(header('x-slack-signature') ?? '') ?? [];
  if (shown === undefined || !/^\d{1,12}$/.test(time) || Math.abs(now - Number(time) * 1_000) > WINDOW_MS) return false;
  return isSameSecret(shown, createHmac('sha256', secret).update(`v0:${time}:`).update(body).digest('hex'));
};
