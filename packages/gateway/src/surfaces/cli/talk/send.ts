import { named } from '@openclaw/client';
import type { sendMessage } from '@openclaw/contract';
import type { CliHost } from '../host.ts';
import { here, messageFrom, present, type Shown } from './ask.ts';
import { throughRestarts } from './through-restarts.ts';

interface SendFlags extends Shown {
  readonly session: string;
  readonly model?: string;
  readonly memory: boolean;
  readonly timeout: number;
}

const SEND = named<typeof sendMessage>('messages.send');

/** `openclaw send`: a message in a session, and its answer. */
export const send = async (host: CliHost, words: readonly string[], { session, model, memory, timeout, ...shown }: SendFlags): Promise<void> => {
  const text = await messageFrom(words, 'openclaw send "Hello"');
  const input = {
    session,
    text,
    timeoutSeconds: timeout,
    context: here(),
    options: { ...(model !== undefined && { model }), ...(!memory && { noMemory: true }) },
  };
  await present(host, throughRestarts(host, SEND, input, { seconds: timeout, patient: false }), shown);
};
