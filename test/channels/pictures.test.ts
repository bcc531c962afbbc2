import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Attachment } from '../../packages/gateway/src/engine/ports/channel.ts';
import { makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type MemoryChat, openMemoryChat } from '../support/memory-channel.ts';
import { type ModelScript, startModelServer } from '../support/model-server.ts';
import { startTelegramServer, type TelegramServer } from '../support/telegram-server.ts';

const soon = { timeout: 8_000, interval: 15 };

/** A picture of one pixel, which differs from others at its end. */
const png = (mark = ''): Buffer => Buffer.concat([Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'), Buffer.from(mark)]);
const picture = (content = png(), more: Partial<Attachment> = {}): Attachment => ({ kind: 'image', name: 'photo.jpg', type: 'image/jpeg', fetch: async () => content, ...more });
const asSent = (content = png()) => ({ mediaType: 'image/png', base64: content.toString('base64') });

const photo = (telegram: TelegramServer): Readonly<Record<string, unknown>> => {
  const { file_id, file_size } = telegram.has({ name: 'photos/file_0.jpg', type: 'image/jpeg', content: png() });
  return { photo: [{ file_id, file_size }] };
};

interface Scene extends AsyncDisposable {
  readonly chat: MemoryChat;
  readonly gateway: TestGateway;
}

interface Options {
  readonly model?: string;
  readonly section?: Readonly<Record<string, unknown>>;
  readonly contextTokens?: number;
}

/** By its name the model sees. */
const open = async (script: ModelScript = () => ({ text: 'Seen.' }), { model = 'test/gpt-4o', section = {}, contextTokens }: Options = {}): Promise<Scene> => {
  const chat = openMemoryChat();
  const gateway = await startGateway({ channels: chat.drivers, script, config: { model, channels: { memory: { dmPolicy: 'open', ...section } }, ...(contextTokens !== undefined && { agents: { defaults: { contextTokens } } }) } });
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
  telegram.says({ chat: telegram.person(42, 'Ann'), more: { ...photo(telegram), caption: 'What is that?' } });
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

test('a turn that a crash interrupted goes on with the picture', async () => {
  await using model = await startModelServer({ script: ({ messages }) => (messages.at(-1)?.role === 'user' ? { toolCalls: [{ tool: 'time', input: {} }] } : { text: 'A pixel.' }) });
  await using telegram = await startTelegramServer();
  const folder = await makeStateDirectory(model.url, { model: 'test/gpt-4o', channels: { telegram: { botToken: telegram.token, apiUrl: telegram.url, allowFrom: ['42'] } } });
  try {
    const dying = await startProcess({ folder, args: ['--die-at', 'recordToolResult:before:1'] });
    telegram.says({ chat: telegram.person(42, 'Ann'), more: photo(telegram) });
    await dying.exited;
    expect(model.requests).toHaveLength(1);
    await using _next = await startProcess({ folder });
    await expect.poll(() => telegram.sent().map(({ text }) => text), { timeout: 15_000, interval: 50 }).toEqual(['A pixel.']);
    expect(model.requests.map(({ messages }) => messages[0]?.images)).toEqual([[asSent()], [asSent()]]);
  } finally {
    await removeFolder(folder);
  }
}, 60_000);

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

test('a conversation with pictures is summed up in words, and the newest picture is still seen', async () => {
  const isSummary = (system: string): boolean => system.startsWith('Summarise the conversation');
  await using scene = await open(({ system }) => ({ text: isSummary(system) ? 'SUMMARY' : 'Seen.' }), { model: 'test/gpt-4o', contextTokens: 64_000 });
  for (let n = 1; n <= 9; n++) {
    scene.chat.says({ text: `Look ${n} ${'word '.repeat(3_000)}`, attachments: [picture(png(`${n}`))] });
    await expect.poll(() => scene.chat.texts().length, soon).toBe(n);
  }
  const { requests } = scene.gateway.model;
  const summaries = requests.filter(({ system }) => isSummary(system));
  expect(summaries.length).toBeGreaterThan(0);
  expect(summaries.flatMap(({ messages }) => messages.flatMap(({ images }) => images ?? []))).toEqual([]);
  expect(requests.at(-1)?.messages[0]?.text).toMatch(/^\[Summary of the conversation so far\]\nSUMMARY/);
  expect(requests.at(-1)?.messages.at(-1)).toMatchObject({ images: [asSent(png('9'))] });
});
