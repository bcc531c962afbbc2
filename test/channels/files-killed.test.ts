import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@openclaw/client';
import { listSends, sendToChannel } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { startDiscordServer } from '../support/discord-server.ts';
import { makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';

const soon = { timeout: 15_000, interval: 50 };

/** A gateway that dies while it sends a file, and the one after it: what has arrived then, and what is known of it. */
const killed = async (delivery: string, moment: string) => {
  await using model = await startModelServer();
  await using discord = await startDiscordServer();
  const folder = await makeStateDirectory(model.url, { channels: { discord: { botToken: discord.token, apiUrl: discord.url, delivery } } });
  try {
    const dying = await startProcess({ folder, args: ['--die-at', moment] });
    const files = [{ name: 'a.txt', data: Buffer.from('whole').toString('base64') }, { name: 'b.txt', data: Buffer.from('as well').toString('base64') }];
    const asked = connect({ baseUrl: dying.url, token: dying.token }).call(sendToChannel, { channel: 'discord', to: discord.direct, text: 'Two files', files, timeoutSeconds: 0 });
    await asked.catch(() => {});
    await dying.exited;
    await using next = await startProcess({ folder });
    const client = connect({ baseUrl: next.url, token: next.token });
    await expect.poll(async () => (await client.call(listSends, {})).sends.map(({ state }) => state), soon).toEqual([delivery === 'at-most-once' ? 'ambiguous' : 'sent']);
    const [send] = (await client.call(listSends, {})).sends;
    return { doubts: send?.doubts, arrived: discord.sent(discord.direct).map(({ content, file }) => (file ? `${file.name}: ${Buffer.from(file.content).toString()}` : content)) };
  } finally {
    await removeFolder(folder);
  }
};

// Discord makes one of two with the same nonce: what is sent again stands there once.
test.each([
  ['at-least-once', 'beginPart:after:2', ['Two files', 'a.txt: whole', 'b.txt: as well']],
  ['at-least-once', 'endPart:before:2', ['Two files', 'a.txt: whole', 'b.txt: as well']],
  ['at-most-once', 'beginPart:after:2', ['Two files', 'b.txt: as well']],
  ['at-most-once', 'endPart:before:2', ['Two files', 'a.txt: whole', 'b.txt: as well']],
])('a crash in a file is in doubt and flagged as one in words is: %s, %s', async (delivery, moment, arrived) => {
  expect(await killed(delivery, moment)).toEqual({ doubts: 1, arrived });
}, 60_000);

test('a call that is run again after a crash sends its file once', async () => {
  await using model = await startModelServer({ script: ({ messages }) => (messages.at(-1)?.role === 'user' ? { toolCalls: [{ tool: 'send_file', input: { path: 'a.txt' } }] } : { text: 'There.' }) });
  await using discord = await startDiscordServer();
  const folder = await makeStateDirectory(model.url, { channels: { discord: { botToken: discord.token, apiUrl: discord.url, dmPolicy: 'open' } } });
  try {
    await mkdir(join(folder, 'workspaces', 'main'), { recursive: true });
    await writeFile(join(folder, 'workspaces', 'main', 'a.txt'), 'whole');
    const dying = await startProcess({ folder, args: ['--die-at', 'recordToolResult:before:1'] });
    await discord.until(() => discord.frames.length > 0);
    discord.says({ content: 'Send it' });
    await dying.exited;
    await using _next = await startProcess({ folder });
    await expect.poll(() => discord.sent().map(({ content }) => content), soon).toContain('There.');
    expect(discord.sent().flatMap(({ file }) => file?.name ?? [])).toEqual(['a.txt']);
  } finally {
    await removeFolder(folder);
  }
}, 60_000);
