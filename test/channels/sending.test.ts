import { setTimeout as sleep } from 'node:timers/promises';
import { channelStatus, getStatus, listEvents, listSends, patchConfig, sendToChannel, testChannel } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { ChannelFailure } from '../../packages/gateway/src/engine/ports/channel.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type MemoryChat, openMemoryChat } from '../support/memory-channel.ts';
import type { ModelScript } from '../support/model-server.ts';
import { openPostgresPair } from '../support/store-pairs.ts';
import { startPostgres } from '../support/postgres.ts';

const soon = { timeout: 8_000, interval: 15 };

interface Scene extends AsyncDisposable {
  readonly chat: MemoryChat;
  readonly gateway: TestGateway;
}

const open = async (section: Readonly<Record<string, unknown>> = {}, script: ModelScript = ({ messages }) => ({ text: `re: ${messages.at(-1)?.text}` })): Promise<Scene> => {
  const chat = openMemoryChat();
  const gateway = await startGateway({ channels: chat.drivers, script, config: { channels: { memory: { dmPolicy: 'open', ...section } } } });
  await expect.poll(() => chat.connected, soon).toBe(true);
  return { chat, gateway, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
};

const sendsOf = async ({ gateway }: Scene) => (await gateway.client.call(listSends, {})).sends;

test('a long answer goes in parts, in order, none longer than the channel takes', async () => {
  const paragraphs = Array.from({ length: 12 }, (_, i) => `Paragraph ${i}. ${'word '.repeat(20 + i)}end.`);
  await using scene = await open({ longestText: 300 }, () => ({ text: paragraphs.join('\n\n') }));
  scene.chat.says({});
  await expect.poll(async () => (await sendsOf(scene))[0]?.state, soon).toBe('sent');
  const parts = scene.chat.texts();
  expect(parts.length).toBeGreaterThan(4);
  for (const part of parts) expect(part.length).toBeLessThanOrEqual(300);
  expect(parts.join(' ').replaceAll(/\s+/g, ' ')).toBe(paragraphs.join(' '));
  expect((await sendsOf(scene))[0]?.externalIds).toHaveLength(parts.length);
});

test('what fails for now is tried again after the pause that was asked for, and what follows waits its turn', async () => {
  await using scene = await open();
  scene.chat.befalls(new ChannelFailure('passing', 'slow down', { retryAfterMs: 700 }));
  const startedAt = performance.now();
  scene.chat.says({ text: 'one' });
  await expect.poll(async () => (await sendsOf(scene)).map(({ error }) => error), soon).toContain('slow down');
  scene.chat.says({ text: 'two' });
  scene.chat.says({ text: 'other', conversation: { id: 'bob', kind: 'direct' }, sender: { id: 'bob' } });
  await expect.poll(() => scene.chat.texts('bob'), soon).toEqual(['re: other']);
  expect(scene.chat.texts('ann')).toEqual([]);
  await expect.poll(() => scene.chat.texts('ann'), soon).toEqual(['re: one', 're: two']);
  expect(performance.now() - startedAt).toBeGreaterThan(700);
});

test('what can never arrive is recorded with the reason, and holds nobody up', async () => {
  await using scene = await open();
  scene.chat.befalls(new ChannelFailure('permanent', 'the bot was blocked'));
  scene.chat.says({ text: 'one' });
  scene.chat.says({ text: 'two' });
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['re: two']);
  await expect.poll(() => sendsOf(scene), soon).toMatchObject([{ state: 'sent' }, { state: 'failed', error: 'the bot was blocked', doubts: 0 }]);
});

test.each([
  ['at-least-once', ['re: hi', 're: hi'], { state: 'sent', doubts: 1 }],
  ['at-most-once', ['re: hi'], { state: 'ambiguous', doubts: 1 }],
])('a lost answer, %s', async (delivery, texts, outcome) => {
  await using scene = await open({ delivery });
  scene.chat.befalls('lost answer');
  scene.chat.says({ text: 'hi' });
  await expect.poll(async () => (await sendsOf(scene))[0], soon).toMatchObject(outcome);
  expect(scene.chat.texts()).toEqual(texts);
  expect((await scene.gateway.client.call(listSends, { ambiguous: true })).total).toBe(1);
});

test('where nobody ever says whether it arrived, it is sent three times and no more', async () => {
  await using scene = await open();
  scene.chat.befalls(...Array.from({ length: 9 }, () => 'lost answer' as const));
  scene.chat.says({ text: 'hi' });
  await expect.poll(async () => (await sendsOf(scene))[0], { timeout: 15_000 }).toMatchObject({ state: 'ambiguous', doubts: 3 });
  expect(scene.chat.texts()).toEqual(['re: hi', 're: hi', 're: hi']);
}, 20_000);

test('a turn that fails is told in a sentence', async () => {
  await using scene = await open({}, () => ({ status: 400, message: 'the inside of the inside' }));
  scene.chat.says({});
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['This did not work (model_failed).']);
});

test('an answer that says nothing is sent to nobody', async () => {
  await using scene = await open({}, ({ messages }) => ({ text: messages.at(-1)?.text === 'shh' ? 'NO_REPLY' : 'yes' }));
  scene.chat.says({ text: 'shh' });
  scene.chat.says({ text: 'hey' });
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['yes']);
  expect(await sendsOf(scene)).toHaveLength(1);
});

test('typing is shown while an answer is made, and an answer while it is written, where that is wished', async () => {
  const words = Array.from({ length: 60 }, (_, i) => `word${i} `);
  await using scene = await open({ streaming: true }, () => ({ text: words, chunkDelayMs: 80 }));
  scene.chat.says({});
  await expect.poll(() => scene.chat.texts()[0] ?? '', soon).toMatch(/^word0 .* …$/);
  expect(scene.chat.typed).toContain('ann');
  await expect.poll(() => scene.chat.texts(), { timeout: 12_000 }).toEqual([words.join('').trim()]);
  // Some were shown, and far from each.
  expect(scene.chat.edits).toBeGreaterThan(1);
  expect(scene.chat.edits).toBeLessThan(8);
  await expect.poll(async () => (await sendsOf(scene))[0], soon).toMatchObject({ state: 'sent', doubts: 0 });
}, 20_000);

test('what was shown while it was written and is gone is followed by the whole answer', async () => {
  const words = Array.from({ length: 40 }, (_, i) => `word${i} `);
  await using scene = await open({ streaming: true }, () => ({ text: words, chunkDelayMs: 60 }));
  scene.chat.says({});
  await expect.poll(() => scene.chat.standing.length, soon).toBe(1);
  // Somebody takes it away.
  (scene.chat.standing as unknown[]).length = 0; // The test's own hand on the service.
  await expect.poll(() => scene.chat.texts(), { timeout: 10_000 }).toEqual([words.join('').trim()]);
}, 20_000);

test('a message that comes meanwhile is answered next, with others, or instead', async () => {
  const slow: ModelScript = async ({ messages }) => {
    const text = messages.at(-1)?.text ?? '';
    await sleep(text === 'first' ? 700 : 0);
    return { text: `re: ${text}` };
  };
  const say = async (section: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
    await using scene = await open(section, slow);
    scene.chat.says({ text: 'first' });
    await expect.poll(() => scene.gateway.model.requests.length, soon).toBe(1);
    scene.chat.says({ text: 'second' });
    scene.chat.says({ text: 'third' });
    await expect.poll(async () => (await sendsOf(scene)).length > 0 && (await scene.gateway.client.call(getStatus, {})).turns, soon).toEqual({ queued: 0, running: 0 });
    await expect.poll(async () => (await scene.gateway.client.call(channelStatus, { channel: 'memory' })).waiting, soon).toBe(0);
    return scene.chat.texts();
  };
  expect(await say({})).toEqual(['re: first', 're: second', 're: third']);
  expect(await say({ queue: 'collect' })).toEqual(['re: first', 're: second\n\nthird']);
  expect(await say({ queue: 'interrupt' })).toEqual(['re: third']);
}, 30_000);

test('what is said while the agent is at its tools steers it', async () => {
  const seen: string[][] = [];
  const script: ModelScript = async ({ messages }) => {
    seen.push(messages.filter(({ role }) => role === 'user').map(({ text }) => text));
    if (messages.at(-1)?.role === 'user' && messages.at(-1)?.text === 'first') return { toolCalls: [{ tool: 'time', input: {} }], delayMs: 700 };
    await sleep(200);
    return { text: `re: ${messages.at(-1)?.text ?? ''}` };
  };
  await using scene = await open({ queue: 'steer' }, script);
  scene.chat.says({ text: 'first' });
  await expect.poll(() => scene.gateway.model.requests.length, soon).toBe(1);
  scene.chat.says({ text: 'no, rather this' });
  await expect.poll(() => scene.gateway.model.requests.length, soon).toBe(2);
  // The last step is under way: what comes now is answered next.
  scene.chat.says({ text: 'and then that' });
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['re: no, rather this', 're: and then that']);
  expect(seen).toEqual([['first'], ['first', 'no, rather this'], ['first', 'no, rather this', 'and then that']]);
}, 30_000);

test('a lost connection is told, is made again, and what was to be sent meanwhile is sent', async () => {
  await using scene = await open();
  const { chat, gateway } = scene;
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ memory: 'connected' });
  chat.refuses(new ChannelFailure('passing', 'still down'));
  chat.cut();
  await expect.poll(async () => (await gateway.client.call(channelStatus, { channel: 'memory' })).error, soon).toBe('the line went dead');
  await gateway.client.call(sendToChannel, { channel: 'memory', to: 'ann', text: 'in between', timeoutSeconds: 0 });
  expect(chat.texts()).toEqual([]);
  await expect.poll(() => chat.texts(), { timeout: 10_000 }).toEqual(['in between']);
  await expect.poll(async () => (await gateway.client.call(listEvents, {})).events.filter(({ type }) => type.startsWith('channel.')).map(({ type, data }) => [type, data['channel'], data['error']]), soon).toEqual([
    ['channel.connected', 'memory', undefined], ['channel.disconnected', 'memory', 'the line went dead'], ['channel.connected', 'memory', undefined],
  ]);
}, 20_000);

test('a credential that is not accepted is shown as failed', async () => {
  const chat = openMemoryChat();
  await using gateway = await startGateway({ channels: chat.drivers, config: { channels: { memory: { password: 'wrong' }, 'nothing-of-the-kind': {} } } });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ memory: 'failed', 'nothing-of-the-kind': 'failed' });
  expect((await gateway.client.call(channelStatus, { channel: 'memory' })).error).toBe('the password is not accepted');
});

test('a channel that is taken away sends no more: what waits for it is over, with the reason', async () => {
  await using scene = await open();
  const { chat, gateway } = scene;
  chat.befalls(new ChannelFailure('passing', 'later', { retryAfterMs: 60_000 }));
  chat.says({ text: 'one' });
  await expect.poll(async () => (await sendsOf(scene)).map(({ error }) => error), soon).toEqual(['later']);
  await gateway.client.call(patchConfig, { patch: { channels: { memory: { enabled: false } } } });
  await expect.poll(async () => (await sendsOf(scene))[0], soon).toMatchObject({ state: 'failed', error: 'there is no channel memory in the configuration, or it is switched off' });
  expect(chat.connected).toBe(false);
  expect((await gateway.client.call(getStatus, {})).channels).toEqual({});
  await expect(gateway.client.call(sendToChannel, { channel: 'memory', to: 'ann', text: 'x' })).rejects.toMatchObject({ code: 'channel_not_found' });
  await gateway.client.call(patchConfig, { patch: { channels: { memory: { enabled: true } } } });
  await expect.poll(() => chat.connected, soon).toBe(true);
  expect(chat.texts()).toEqual([]);
  expect(await gateway.client.call(testChannel, { channel: 'memory', to: 'ann' })).toMatchObject({ state: 'sent', to: 'ann', attempts: 1, externalIds: ['out-1'] });
});

test('what came by a webhook is answered in a channel; where there is none, that is recorded once and for all', async () => {
  const chat = openMemoryChat();
  const endpoint = (channel: string) => ({ path: `/for-${channel}`, message: 'Build {{body.state}}', deliver: { channel, to: 'ann' } });
  await using gateway = await startGateway({
    channels: chat.drivers, script: () => ({ text: 'The build is green.' }),
    config: { channels: { memory: {} }, webhooks: { incoming: { enabled: true, secret: 'a-secret-of-the-hook', endpoints: [endpoint('memory'), endpoint('gone')] } } },
  });
  for (const channel of ['memory', 'gone']) {
    const response = await fetch(`${gateway.url}/webhook/for-${channel}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-webhook-secret': 'a-secret-of-the-hook' }, body: '{"state":"green"}' });
    expect(response.status).toBe(200);
  }
  await expect.poll(() => chat.texts('ann'), soon).toEqual(['The build is green.']);
  await expect.poll(async () => (await gateway.client.call(listSends, { channel: 'gone' })).sends, soon).toMatchObject([{ state: 'failed', attempts: 0, error: expect.stringContaining('there is no channel gone') }]);
});

test('a channel is loaded when the configuration has it, and not before', async () => {
  const chat = openMemoryChat();
  await using gateway = await startGateway({ channels: chat.drivers });
  await sleep(200);
  expect(chat.loaded).toBe(0);
  await gateway.client.call(patchConfig, { patch: { channels: { memory: {} } } });
  await expect.poll(() => chat.loaded, soon).toBe(1);
});

test('a stop does not wait for a driver that is being loaded', async () => {
  const chat = openMemoryChat();
  const loading = Promise.withResolvers<void>();
  const memory = async () => {
    loading.resolve();
    await sleep(300);
    return chat.drivers.memory();
  };
  {
    await using _gateway = await startGateway({ channels: { memory }, config: { channels: { memory: {} } } });
    await loading.promise;
  }
  expect(chat.connected).toBe(false);
});

test('a stop does not wait for a service that never answers', async () => {
  const chat = openMemoryChat();
  const dialling = Promise.withResolvers<void>();
  const memory = async () => {
    const driver = await chat.drivers.memory();
    return { ...driver, open: (...given: Parameters<typeof driver.open>) => ({
      ...driver.open(...given),
      connect: async () => {
        dialling.resolve();
        await new Promise(() => {});
      },
    }) };
  };
  {
    await using _gateway = await startGateway({ channels: { memory }, config: { channels: { memory: {} } } });
    await dialling.promise;
  }
  expect(chat.connected).toBe(false);
});

test('each account is a channel of its own', async () => {
  const chat = openMemoryChat();
  await using gateway = await startGateway({ channels: chat.drivers, config: { channels: { memory: { dmPolicy: 'open', accounts: { default: {}, work: { workspace: 'team' }, off: { enabled: false } } } } } });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ memory: 'connected', 'memory/work': 'connected' });
  expect(await gateway.client.call(channelStatus, { channel: 'memory/work' })).toMatchObject({ workspace: 'team', driver: 'memory' });
});

test('the same wish under one key is one message', async () => {
  await using scene = await open();
  const ask = () => scene.gateway.request('/api/native/channels.send', { json: { channel: 'memory', to: 'ann', text: 'once' }, headers: { 'idempotency-key': 'k1' } }).then((answer) => answer.json());
  const [first, second] = [await ask(), await ask()];
  expect(second).toEqual(first);
  expect(scene.chat.texts()).toEqual(['once']);
});

const { server, reason } = await startPostgres();

test.skipIf(!server)(`of two gateways on one database one serves the channel, and the other when that is gone${reason === undefined ? '' : ` (skipped: ${reason})`}`, async () => {
  const url = (await server?.createDatabase()) ?? '';
  await (await openPostgresPair(url)).close();
  const chats = [openMemoryChat(), openMemoryChat()] as const;
  const start = (chat: MemoryChat) => startGateway({ channels: chat.drivers, env: { DATABASE_URL: url }, script: ({ messages }) => ({ text: `re: ${messages.at(-1)?.text}` }), config: { channels: { memory: { dmPolicy: 'open' } } } });
  const first = await start(chats[0]);
  await expect.poll(() => chats[0].connected, soon).toBe(true);
  await using second = await start(chats[1]);
  await sleep(2_500);
  expect(chats[1].connections).toBe(0);
  // How it is, the other knows too; and what it is asked to send, the one who can sends.
  expect((await second.client.call(getStatus, {})).channels).toEqual({ memory: 'connected' });
  await second.client.call(sendToChannel, { channel: 'memory', to: 'ann', text: 'from the other' });
  await expect.poll(() => chats[0].texts(), soon).toEqual(['from the other']);
  await first[Symbol.asyncDispose]();
  await expect.poll(() => chats[1].connected, soon).toBe(true);
  chats[1].says({ text: 'hello again' });
  await expect.poll(() => chats[1].texts(), soon).toEqual(['re: hello again']);
  await server?.[Symbol.asyncDispose]();
}, 40_000);
