/** Answers that go to where somebody whom the owner has named wrote from last. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addCronJob, changeAllowlist, listCronRuns, listSends, runCronJob, triggerHeartbeat } from '@openclaw/contract';
import { expect, test } from 'vitest';
import type { Duties } from '../../packages/gateway/src/engine/ports/turn-records.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openMemoryChat } from '../support/memory-channel.ts';

const soon = { timeout: 8_000, interval: 15 };
const LAST = { mode: 'announce', channel: 'last' } as const;

const open = async (section: Readonly<Record<string, unknown>>, config: Readonly<Record<string, unknown>> = {}) => {
  const chat = openMemoryChat();
  const duties: (Duties | undefined)[] = [];
  const gateway = await startGateway({
    channels: chat.drivers,
    script: ({ messages }) => ({ text: `re: ${(messages.at(-1)?.text ?? '').slice(0, 20)}` }),
    config: { channels: { memory: { editable: true, token: 'the-secret-of-the-channel', ...section } }, ...config },
    store: (store) => ({ ...store, acceptTurn: (turn, startNow) => (duties.push(turn.duties), store.acceptTurn(turn, startNow)) }),
  });
  await expect.poll(() => chat.connected, soon).toBe(true);
  return { chat, gateway, duties, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
};

const jobOf = async ({ client }: TestGateway, message: string): Promise<string> =>
  (await client.call(addCronJob, { name: message, schedule: { kind: 'cron', expr: '0 8 * * *', tz: 'UTC' }, payload: { kind: 'agentTurn', message }, delivery: LAST })).id;

const run = async ({ client }: TestGateway, job: string) => {
  await client.call(runCronJob, { job });
  await expect.poll(async () => (await client.call(listCronRuns, { job })).runs[0]?.state, soon).not.toBe('running');
  return (await client.call(listCronRuns, { job })).runs[0];
};

test('a job tells whoever the agent belongs to, where they wrote from last; nobody else counts', async () => {
  await using scene = await open({ allowFrom: ['ann'], groupPolicy: 'open', requireMention: false });
  const { chat, gateway, duties } = scene;
  const job = await jobOf(gateway, 'Look');
  expect(await run(gateway, job)).toMatchObject({ state: 'ran', reason: expect.stringContaining('the answer went nowhere') });
  expect((await gateway.client.call(listSends, {})).total).toBe(0);
  chat.says({ text: 'Hi' });
  await expect.poll(() => chat.texts('ann'), soon).toEqual(['re: Hi']);
  // Let in, and yet nobody of the owner's.
  chat.says({ text: 'Hey', sender: { id: 'bob' }, conversation: { id: 'crowd', kind: 'group' }, mentionsMe: true });
  await expect.poll(() => chat.texts('crowd').length, soon).toBe(1);
  expect(await run(gateway, job)).toMatchObject({ state: 'ran', reason: null });
  await expect.poll(() => chat.texts('ann'), soon).toEqual(['re: Hi', 're: Look']);
  // Whoever was paired is in the list of the workspace.
  await gateway.client.call(changeAllowlist, { id: 'main', add: ['memory:carl'] });
  chat.says({ text: 'Me, too', sender: { id: 'carl' }, conversation: { id: 'carl', kind: 'direct' } });
  await expect.poll(() => chat.texts('carl').length, soon).toBe(1);
  await run(gateway, job);
  await expect.poll(() => chat.texts('carl'), soon).toEqual(['re: Me, too', 're: Look']);
  expect([chat.texts('crowd').length, chat.texts('ann').length]).toEqual([1, 2]);
  // What is kept with the turn is who may be told, and no secret of the channel.
  const kept = JSON.stringify(duties);
  expect(kept).toContain('"deliverToLast":{"channels":[{"name":"memory","driver":"memory","allowFrom":["ann"]}]}');
  expect(kept).not.toContain('the-secret-of-the-channel');
});

test('where everybody may write, whoever did is not the owner', async () => {
  await using scene = await open({ dmPolicy: 'open', allowFrom: ['*'] });
  scene.chat.says({ text: 'Hi', sender: { id: 'stranger' }, conversation: { id: 'stranger', kind: 'direct' } });
  await expect.poll(() => scene.chat.texts('stranger').length, soon).toBe(1);
  expect(await run(scene.gateway, await jobOf(scene.gateway, 'Look'))).toMatchObject({ reason: expect.stringContaining('went nowhere') });
  expect(scene.chat.texts('stranger')).toHaveLength(1);
});

test('a heart whose target is last reports there', async () => {
  await using scene = await open({ allowFrom: ['ann'] }, { agents: { defaults: { heartbeat: { target: 'last' } } } });
  const { chat, gateway } = scene;
  await mkdir(join(gateway.folder, 'workspaces/main'), { recursive: true });
  await writeFile(join(gateway.folder, 'workspaces/main/HEARTBEAT.md'), '- water the plants\n');
  expect(await gateway.client.call(triggerHeartbeat, { dryRun: true })).toMatchObject({ wouldDo: expect.arrayContaining(['would send what it reports to where its owner wrote from last']) });
  chat.says({ text: 'Hi' });
  await expect.poll(() => chat.texts('ann').length, soon).toBe(1);
  await gateway.client.call(triggerHeartbeat, {});
  await expect.poll(() => chat.texts('ann').at(-1), soon).toMatch(/^re: This is your heart/);
});

test('last names no place besides', async () => {
  await using scene = await open({ allowFrom: ['ann'] });
  const { gateway } = scene;
  const add = async (delivery: object) => (await gateway.request('/api/cron/add', { json: { name: 'x', cron: '0 8 * * *', message: 'Look', delivery } })).json();
  expect(await add({ mode: 'announce' })).toMatchObject({ delivery: LAST });
  expect(await add({ mode: 'announce', channel: 'last', to: '42' })).toMatchObject({ error: { details: { path: 'delivery.to' } } });
  expect(await add({ mode: 'announce', channel: 'telegram' })).toMatchObject({ error: { details: { path: 'delivery.to' } } });
});
