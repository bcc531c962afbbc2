import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Attachment } from '../../packages/gateway/src/engine/ports/channel.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type MemoryChat, openMemoryChat } from '../support/memory-channel.ts';
import type { ModelScript } from '../support/model-server.ts';
import { startTelegramServer } from '../support/telegram-server.ts';

const soon = { timeout: 8_000, interval: 15 };

/** A picture of one pixel, which differs from others at its end. */
const png = (mark = ''): Buffer => Buffer.concat([Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'), Buffer.from(mark)]);
const picture = (content = png(), more: Partial<Attachment> = {}): Attachment => ({ kind: 'image', name: 'photo.jpg', type: 'image/jpeg', fetch: async () => content, ...more });
const asSent = (content = png()) => ({ mediaType: 'image/png', base64: content.toString('base64') });

interface Scene extends AsyncDisposable {
  readonly chat: MemoryChat;
  readonly gateway: TestGateway;
}

/** By its name the model sees. */
const open = async (script: ModelScript = () => ({ text: 'Seen.' }), { model = 'test/gpt-4o', section = {} }: { readonly model?: string; readonly section?: Readonly<Record<string, unknown>> } = {}): Promise<Scene> => {
  const chat = openMemoryChat();
  const gateway = await startGateway({ channels: chat.drivers, script, config: { model, channels: { memory: { dmPolicy: 'open', ...section } } } });
  await expect.poll(() => chat.connected, soon).toBe(true);
  return { chat, gateway, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
};

/** The pictures of each message of a person, as the model was last asked. */
const imagesShown = ({ gateway }: { readonly gateway: TestGateway }) => gateway.model.requests.at(-1)?.messages.flatMap(({ role, images }) => (role === 'user' ? [images ?? []] : []));

test('a photo sent by Telegram is seen by the model', async () => {
  await using telegram = await startTelegramServer();
  await using gateway = await startGateway({
    script: ({ messages }) => ({ text: (messages.at(-1)?.images ?? []).length > 0 ? 'One red pixel.' : 'Which picture?' }),
    config: { model: 'test/gpt-4o', channels: { telegram: { botToken: telegram.token, apiUrl: telegram.url, allowFrom: ['42'] } } },
  });
  const { file_id, file_size } = telegram.has({ name: 'photos/file_0.jpg', type: 'image/jpeg', content: png() });
  telegram.says({ chat: telegram.person(42, 'Ann'), more: { photo: [{ file_id, file_size }], caption: 'What is that?' } });
  await expect.poll(() => telegram.sent().map(({ text }) => text), soon).toEqual(['One red pixel.']);
  expect(imagesShown({ gateway })).toEqual([[asSent()]]);
  expect(gateway.model.requests[0]?.messages[0]?.text).toMatch(/^What is that\?\n\[Attached: image, image\/jpeg, 1 kB, kept as attachments\/\S+\.jpg\]$/);
});

test('a picture is seen in the turns after it as well, and is taken for what it is', async () => {
  await using scene = await open();
  scene.chat.says({ text: 'Look', attachments: [picture(), picture(Buffer.from('no picture'), { name: 'b.png', type: 'image/png' })] });
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['Seen.']);
  expect(imagesShown(scene)).toEqual([[asSent()]]);
  scene.chat.says({ text: 'And now?' });
  await expect.poll(() => scene.chat.texts().length, soon).toBe(2);
  expect(imagesShown(scene)).toEqual([[asSent()], []]);
});

test('a turn that a stop interrupts at its tools goes on with the picture', async () => {
  const chat = openMemoryChat();
  const folder = await mkdtemp(join(tmpdir(), 'pictures-'));
  const config = { model: 'test/gpt-4o', channels: { memory: { dmPolicy: 'open' } } };
  const first = await startGateway({
    folder, config, channels: chat.drivers, script: ({ attempt }) => (attempt === 1 ? { toolCalls: [{ tool: 'time', input: {} }] } : { text: 'a', breaks: 'hang', chunkDelayMs: 0 }),
  });
  chat.says({ text: 'Look', attachments: [picture()] });
  await expect.poll(() => first.model.requests.length, soon).toBe(2);
  expect(imagesShown({ gateway: first })).toEqual([[asSent()]]);
  await first[Symbol.asyncDispose]();
  await using second = await startGateway({ folder, config, channels: chat.drivers, script: () => ({ text: 'A pixel.' }) });
  await expect.poll(() => chat.texts(), soon).toEqual(['A pixel.']);
  expect(imagesShown({ gateway: second })).toEqual([[asSent()]]);
  chat.says({ text: 'And after all that?' });
  await expect.poll(() => chat.texts().length, soon).toBe(2);
  expect(imagesShown({ gateway: second })).toEqual([[asSent()], []]);
  await second.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a model of which nobody knows that it sees is told of the picture, and that it is not shown', async () => {
  await using scene = await open(undefined, { model: 'test/model' });
  scene.chat.says({ text: 'Look', attachments: [picture()] });
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['Seen.']);
  expect(imagesShown(scene)).toEqual([[]]);
  expect(scene.gateway.model.requests[0]?.messages[0]?.text).toMatch(/^Look\n\[Attached: image, photo\.jpg, .* kept as (\S+)\]\n\[Not shown: \1, because this model takes no pictures\]$/);
});

test('where the provider refuses a picture, the turn goes on with words', async () => {
  await using scene = await open(({ messages }) => (messages.some(({ images }) => images) ? { status: 400, message: 'Could not process image' } : { text: 'I cannot see it.' }));
  scene.chat.says({ text: 'Look', attachments: [picture()] });
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['I cannot see it.']);
  expect(scene.gateway.model.requests).toHaveLength(2);
  scene.chat.says({ text: 'Really?' });
  await expect.poll(() => scene.chat.texts().length, soon).toBe(2);
  expect(scene.gateway.model.requests).toHaveLength(3);
});

test('a picture that was put in the place of one is not shown, and one of a group\'s stranger is shown as from outside', async () => {
  await using scene = await open(undefined, { section: { groups: { '#g': { requireMention: false } } } });
  scene.chat.says({ conversation: { id: '#g', kind: 'group' }, sender: { id: 'eve' }, text: 'Look', attachments: [picture()] });
  await expect.poll(() => scene.chat.texts('#g'), soon).toEqual(['Seen.']);
  expect(imagesShown(scene)).toEqual([[asSent()]]);
  expect(scene.gateway.model.requests[0]?.messages[0]?.text).toContain('[What the pictures show came from outside as well');
  const attachments = join(scene.gateway.folder, 'workspaces', 'main', 'attachments');
  const [path = ''] = (await readdir(attachments, { recursive: true })).filter((one) => one.endsWith('.jpg'));
  await writeFile(join(attachments, path), png('another'));
  scene.chat.says({ conversation: { id: '#g', kind: 'group' }, sender: { id: 'eve' }, text: 'And now?' });
  await expect.poll(() => scene.chat.texts('#g').length, soon).toBe(2);
  expect(imagesShown(scene)).toEqual([[], []]);
  expect(scene.gateway.model.requests.at(-1)?.messages[0]?.text).toContain('because it was changed since it came]');
});

test('pictures of messages that are answered together are seen together', async () => {
  await using scene = await open(({ messages }) => (messages.at(-1)?.text === 'first' ? { text: 'One.', delayMs: 700 } : { text: 'Both.' }), { section: { queue: 'collect' } });
  scene.chat.says({ text: 'first' });
  await expect.poll(() => scene.gateway.model.requests.length, soon).toBe(1);
  scene.chat.says({ text: 'this', attachments: [picture(png('1'))] });
  scene.chat.says({ text: 'and this', attachments: [picture(png('2'))] });
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['One.', 'Both.']);
  expect(imagesShown(scene)).toEqual([[], [asSent(png('1')), asSent(png('2'))]]);
});
