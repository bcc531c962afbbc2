import { expect, test } from 'vitest';
import { telegramChannel } from '../../packages/gateway/src/drivers/channels/telegram/index.ts';
import { failureOf, openAdapter, type OpenAdapter } from '../support/open-adapter.ts';
import { startTelegramServer, type TelegramServer } from '../support/telegram-server.ts';

const LETTER = { name: 'Brief "für" Ann.txt', type: 'text/plain', content: Buffer.from('Dear Ann\r\n') };
const ever = new AbortController().signal;
const open = (telegram: TelegramServer): Promise<OpenAdapter> => openAdapter(telegramChannel, { botToken: telegram.token, apiUrl: `${telegram.url}/` });

const told = async (telegram: TelegramServer, { received }: OpenAdapter, more: Readonly<Record<string, unknown>>) => {
  const before = received.length;
  telegram.says({ chat: telegram.person(42, 'Ann'), more });
  await telegram.until(() => received.length > before);
  return received.at(-1)?.attachments;
};

test('a picture is brought in its largest form, and what is spoken or filmed as well', async () => {
  await using telegram = await startTelegramServer();
  await using opened = await open(telegram);
  const [small, large] = [telegram.has({ ...LETTER, content: Buffer.from('small') }), telegram.has({ ...LETTER, content: Buffer.from('large') })];
  const bare = ({ file_id, file_size }: Readonly<Record<string, unknown>>) => ({ file_id, file_size });
  const [picture] = (await told(telegram, opened, { photo: [bare(small), bare(large)] })) ?? [];
  expect(picture).toMatchObject({ kind: 'image', type: 'image/jpeg', bytes: 5 });
  expect(String(await picture?.fetch?.(10, ever))).toBe('large');
  const [note] = (await told(telegram, opened, { video_note: bare(small) })) ?? [];
  expect([note?.type, String(await note?.fetch?.(10, ever))]).toEqual(['video/mp4', 'small']);
  expect((await told(telegram, opened, { sticker: { emoji: '+', file_id: 'x' } }))?.[0]?.fetch).toBeUndefined();
});

test.each(['/var/lib/telegram-bot-api/123/documents/file_1', '../../../getMe', 'documents/../../x', './x', 'documents//x', ''])('what is said to lie at %j is not asked for', async (path) => {
  await using telegram = await startTelegramServer();
  await using opened = await open(telegram);
  const [letter] = (await told(telegram, opened, { document: telegram.has(LETTER) })) ?? [];
  telegram.liesAt(path);
  expect((await failureOf(letter?.fetch?.(100, ever))).message).toBe('Telegram names no place that it could be brought from');
  expect(telegram.asked).toEqual([]);
});

test('a strange place is asked for as it is, and no failure shows the token', async () => {
  await using telegram = await startTelegramServer();
  await using opened = await open(telegram);
  const [letter] = (await told(telegram, opened, { document: telegram.has(LETTER) })) ?? [];
  telegram.liesAt('documents/a b?c#d.тxt');
  const failures = [await failureOf(letter?.fetch?.(100, ever))];
  expect(telegram.asked).toEqual(['/file/botTOKEN/documents/a%20b%3Fc%23d.%D1%82xt']);
  telegram.befalls('getFile', { status: 400, description: `Bad Request: file is too big for ${telegram.token}` }, { cut: 'before' });
  for (let i = 0; i < 2; i++) failures.push(await failureOf(letter?.fetch?.(100, ever)));
  await telegram[Symbol.asyncDispose]();
  failures.push(await failureOf(letter?.fetch?.(100, ever)));
  expect(failures.map(({ kind }) => kind)).toEqual(['permanent', 'permanent', 'passing', 'passing']);
  expect(failures[1]?.message).toContain('file is too big');
  expect(failures.map(({ message }) => message).join()).not.toContain(telegram.token);
});

test('whoever ends it has it ended', async () => {
  await using telegram = await startTelegramServer();
  await using opened = await open(telegram);
  const [letter] = (await told(telegram, opened, { document: telegram.has(LETTER) })) ?? [];
  expect((await failureOf(letter?.fetch?.(100, AbortSignal.abort()))).kind).toBe('passing');
});

test('in a thread of a group a file goes to the thread, as an answer to what it answers', async () => {
  await using telegram = await startTelegramServer();
  await using opened = await open(telegram);
  const { externalId } = (await opened.adapter.sendFile?.({ ...LETTER, address: { channel: 'telegram', to: '-100500', thread: '9', inReplyTo: '7' } })) ?? {};
  expect(externalId).toMatch(/^\d+$/);
  const { document: _, ...parameters } = telegram.calls.find(({ method }) => method === 'sendDocument')?.parameters ?? {};
  expect(parameters).toEqual({ chat_id: '-100500', message_thread_id: '9', reply_parameters: '{"message_id":7,"allow_sending_without_reply":true}' });
  expect(telegram.sentFiles(-100_500)).toMatchObject([{ name: LETTER.name, type: 'text/plain' }]);
  expect(String(telegram.sentFiles()[0]?.content)).toBe(String(new Uint8Array(LETTER.content)));
});
