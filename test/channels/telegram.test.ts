import { getStatus, sessionHistory } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { startTelegramServer, type TelegramServer } from '../support/telegram-server.ts';

const channels = (telegram: TelegramServer, over: Readonly<Record<string, unknown>> = {}) => ({
  channels: { telegram: { botToken: telegram.token, apiUrl: telegram.url, allowFrom: [42], ...over } },
});

test('a message on Telegram is answered on Telegram, in the session of whoever wrote it', async () => {
  await using telegram = await startTelegramServer();
  await using gateway = await startGateway({ script: ({ messages }) => ({ text: `You said: ${messages.at(-1)?.text}` }), config: channels(telegram) });
  telegram.says({ chat: telegram.person(42, 'Ann'), text: 'Hello there' });
  await telegram.until(() => telegram.sent(42).length === 1);
  expect(telegram.sent(42).map(({ text }) => text)).toEqual(['You said: Hello there']);
  const { messages } = await gateway.client.call(sessionHistory, { session: '@telegram%3A42' });
  expect(messages.map(({ role, text }) => [role, text])).toEqual([['user', 'Hello there'], ['assistant', 'You said: Hello there']]);
  expect((await gateway.client.call(getStatus, {})).channels).toEqual({ telegram: 'connected' });
  await telegram.until(() => telegram.unconfirmed() === 0);
});
