import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { type ChannelAdapter, type ChannelAnswer, type ChannelContext, ChannelFailure, type ChannelRequest, type ChannelWorld, type SentMessage } from '../../../engine/ports/channel.ts';
import { asPassing, LARGEST_FILE, parseJson } from '../kit/ask.ts';
import { holdBack } from '../kit/hold-back.ts';
import { isSameSecret } from '../kit/same-secret.ts';
import { asJson, graphApi, hintFor } from './graph-api.ts';
import { whatsappMedia } from './media.ts';
import { readNotification } from './read-notification.ts';

interface Settings {
  readonly phoneNumberId: string;
  readonly accessToken: string;
  readonly appSecret: string;
  readonly verifyToken: string;
  readonly apiUrl: string;
}

/** WhatsApp shows it for 25 seconds. */
const TYPING_MS = 20_000;
const TYPING_KEPT = 500;

const Sent = z.object({ messages: z.array(z.object({ id: z.string() })).min(1) });

/** A number of the Cloud API. It comes to us with what is written, and as often as it takes until we say that it is stored. */
export const whatsappAdapter = (settings: Settings, { http, log }: ChannelWorld): ChannelAdapter => {
  const { phoneNumberId, accessToken, appSecret, verifyToken, apiUrl } = settings;
  const closed = new AbortController();
  const mask = (text: string): string => [accessToken, appSecret, verifyToken].reduce((masked, secret) => masked.replaceAll(secret, '[secret]'), text);
  const account = { http, apiUrl, token: accessToken, mask, signal: closed.signal };
  const call = graphApi(account);
  const media = whatsappMedia({ ...account, phoneNumberId }, call);
  const typed = new Map<string, number>();
  const held = holdBack();

  const take = async (body: Uint8Array, context: Pick<ChannelContext, 'received'>): Promise<void> => {
    const brought = readNotification(parseJson(Buffer.from(body).toString()), phoneNumberId, media.fetchOf);
    if (!brought) return log('warn', 'WhatsApp brought something that cannot be read; it is left out', { channel: 'whatsapp' });
    for (const message of brought.messages) await context.received(message);
    for (const { to, code, title } of brought.failed) log('warn', `a message did not arrive on WhatsApp: ${title ?? 'no reason given'} (${code})${hintFor(code)}`, { channel: 'whatsapp', to });
    for (const other of new Set(brought.others)) log('warn', 'WhatsApp brought something for another number of the same app; it is left out', { channel: 'whatsapp', phoneNumberId: other });
  };

  /** Whatever is shown to somebody: words, or what lies with WhatsApp already. */
  const show = async (to: string, what: { readonly type: string } & Readonly<Record<string, unknown>>): Promise<SentMessage> => {
    const { messages: [sent] } = await call(`${phoneNumberId}/messages`, Sent, asJson({ messaging_product: 'whatsapp', recipient_type: 'individual', ...(/^\d/.test(to) ? { to } : { recipient: to }), ...what }));
    return { externalId: sent?.id ?? '' };
  };

  return {
    capabilities: { longestText: 4_096, edit: false, largestFile: LARGEST_FILE },
    connect: async (context) => {
      await call(`${phoneNumberId}?fields=id`, z.object({ id: z.string() })).catch(asPassing);
      held.begin(context);
      context.connected();
    },
    disconnect: async () => {
      held.end();
      closed.abort();
    },
    send: ({ address: { to }, text }) => show(to, { type: 'text', text: { body: text, preview_url: false } }).catch(held.untilThereIsAnother),
    sendFile: ({ address: { to }, ...file }) => media.put(file).then((put) => show(to, put)).catch(held.untilThereIsAnother),
    typing: async ({ inReplyTo: message }) => {
      const now = Date.now();
      if (message === undefined || now - (typed.get(message) ?? 0) < TYPING_MS) return;
      if (typed.size > TYPING_KEPT) typed.clear();
      typed.set(message, now);
      await call(`${phoneNumberId}/messages`, z.unknown(), asJson({ messaging_product: 'whatsapp', status: 'read', message_id: message, typing_indicator: { type: 'text' } }));
    },
    answer: async (request, context) => {
      if (closed.signal.aborted) throw new ChannelFailure('passing', 'the channel is closed');
      if (request.method === 'GET') return verified(request, verifyToken);
      if (!isSigned(request, appSecret)) return { outcome: 'unproven', wants: 'a right X-Hub-Signature-256 over the body, made with the app secret' };
      await take(request.body, context);
      return { outcome: 'taken' };
    },
  };
};

/** As it is asked when the address is entered over there. What is said back is only what they may have said. */
const verified = (request: ChannelRequest, token: string): ChannelAnswer => {
  const challenge = request.parameter('hub.challenge') ?? '';
  const isKnown = request.parameter('hub.mode') === 'subscribe' && isSameSecret(request.parameter('hub.verify_token') ?? '', token) && /^[\w.-]{1,200}$/.test(challenge);
  return isKnown ? { outcome: 'taken', text: challenge } : { outcome: 'unproven', wants: 'hub.mode=subscribe, the right hub.verify_token and a hub.challenge' };
};

const isSigned = (request: ChannelRequest, secret: string): boolean => {
  const [, shown] = /^sha256=([0-9a-f]{64})$/i.exec(request.header('x-hub-signature-256') ?? '') ?? [];
  return shown !== undefined && isSameSecret(shown.toLowerCase(), createHmac('sha256', secret).update(request.body).digest('hex'));
};
